/**
 * One line of JavaScript or TypeScript as HTML with its comments, text and keywords marked. By the line alone: a comment or
 * a template of several lines is marked where it begins. Knows no file.
 */
import { escapeHtml } from '../http/escape-html.ts'

const TOKENS =
  /(\/\/.*|\/\*.*?(?:\*\/|$))|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*(?:`|$))|\b(?:(async|await|break|case|catch|class|const|continue|default|delete|do|else|export|extends|finally|for|from|function|if|import|in|instanceof|interface|let|new|null|of|return|static|switch|this|throw|true|false|try|type|typeof|undefined|var|void|while|yield)\b)/g

/** Of what is matched: a comment, text, a keyword. */
const CLASSES = ['c', 's', 'k'] as const

export function highlighted(code: string): string {
  let html = ''
  let at = 0
  for (const match of code.matchAll(TOKENS)) {
    const kind = CLASSES[match.slice(1).findIndex((group) => group !== undefined)]
    html += `${escapeHtml(code.slice(at, match.index))}<span class="${kind}">${escapeHtml(match[0])}</span>`
    at = match.index + match[0].length
  }
  return html + escapeHtml(code.slice(at))
}
