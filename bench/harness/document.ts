/** Puts a suite's Markdown into docs/PERFORMANCE.md, between its marks; the words around it are people's. */
import { readFileSync, writeFileSync } from 'node:fs'

const DOCUMENT = new URL('../../docs/PERFORMANCE.md', import.meta.url)

/** @throws Error where the document has no place for it. */
export function writeSection(suite: string, markdown: string): void {
  const text = readFileSync(DOCUMENT, 'utf8')
  const [begin, end] = [`<!-- bench ${suite} -->\n`, `<!-- end ${suite} -->`]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from === -1 || to === -1) throw new Error(`docs/PERFORMANCE.md has no ${begin.trim()} … ${end}`)
  writeFileSync(DOCUMENT, `${text.slice(0, from)}${begin}\n${markdown}\n${text.slice(to)}`)
}
