/**
 * For development: what is served in the place of an application that does not load. Never used without `--reload`,
 * since it shows every client what went wrong. Loads itself again when there is newer code. Knows errors and their places.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Application, HeaderList } from '@tsgi/contract'
import { failureOf } from '../config/config-error.ts'
import { fileOf, placeOf } from './load-cause.ts'
import { PAGE_STYLE } from './page-style.ts'

const STYLE = `${PAGE_STYLE}
body { max-width: 64rem }
h1 { border-left: .3rem solid #d93025; padding-left: .75rem }
pre { overflow: auto; padding: .75rem 1rem; margin: .25rem 0 1rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--soft) }
mark { display: inline-block; min-width: 100%; color: inherit; background: light-dark(#fde7c7, #5c4310) }
`

const HEADERS: HeaderList = [
  ['Content-Type', 'text/html; charset=utf-8'],
  ['Cache-Control', 'no-store'],
  // Its own style, and the script of development that loads the page again.
  [
    'Content-Security-Policy',
    `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  ],
]

/** An application that responds to everything with the error: message, place in the user's source, stack. */
export function loadErrorPage(error: unknown): Application {
  const { message, detail } = failureOf(error)
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The application does not load</title>
<style>${STYLE}</style>
<main>
<h1>The application does not load</h1>
<p>${escapeHtml(message)}</p>
${excerptOf(cause)}${detail === undefined ? '' : `<details open><summary>Stack</summary><pre tabindex="0">${escapeHtml(detail)}</pre></details>\n`}<p class="quiet">The server tries again when a file is saved.</p>
</main>
</html>
`
  return (_environ, startResponse) => {
    startResponse('500 Internal Server Error', HEADERS)
    return page
  }
}

/** Lines before and after the one that failed. */
const CONTEXT_LINES = 3
const MAX_LINE_CHARACTERS = 300

function excerptOf(error: unknown): string {
  const place = placeOf(error)
  if (place === undefined) return ''
  const [, line = ''] = /:(\d+)(?::\d+)?$/.exec(place) ?? []
  const lines = linesAround(fileOf(place), Number(line))
  if (lines.length === 0) return ''
  return `<h2><code>${escapeHtml(place)}</code></h2>\n<pre tabindex="0">${lines.join('\n')}</pre>\n`
}

/** As HTML, with their numbers; none where the file cannot be read. */
function linesAround(file: string, place: number): readonly string[] {
  try {
    const first = Math.max(1, place - CONTEXT_LINES)
    const lines = readFileSync(file, 'utf8').split(/\r?\n/)
    return lines.slice(first - 1, place + CONTEXT_LINES).map((code, index) => {
      const number = first + index
      const text = escapeHtml(`${String(number).padStart(5)}  ${code.slice(0, MAX_LINE_CHARACTERS)}`)
      return number === place ? `<mark>${text}</mark>` : text
    })
  } catch {
    // A page about an error is no place for another one: without the file it says a little less.
    return []
  }
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
