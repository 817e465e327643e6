/**
 * Reads the fenced blocks out of a Markdown page. Knows Markdown; runs nothing.
 * A `ts` block whose first line is `// name.ts` is a file of that name; blocks of one page share a folder.
 */
import { readFileSync } from 'node:fs'

export interface Snippet {
  readonly language: string
  /** `name.ts`, from the first line; `snippet-3.ts` without one. */
  readonly name: string
  readonly text: string
  readonly line: number
}

export function readSnippets(page: string): Snippet[] {
  const snippets: Snippet[] = []
  const lines = readFileSync(page, 'utf8').split('\n')
  for (let i = 0; i < lines.length; i++) {
    const fence = /^```(\w+)/.exec(lines[i] ?? '')
    if (fence === null) continue
    const end = lines.indexOf('```', i + 1)
    if (end === -1) throw new Error(`${page}:${i + 1}: a code block is never closed`)
    snippets.push(makeSnippet(fence[1] ?? '', lines.slice(i + 1, end), i + 1, snippets.length))
    i = end
  }
  return snippets
}

function makeSnippet(language: string, body: readonly string[], line: number, index: number): Snippet {
  const name = /^\/\/ ([\w-]+\.ts)$/.exec(body[0] ?? '')?.[1] ?? `snippet-${index}.ts`
  return { language, name, text: `${body.join('\n')}\n`, line }
}
