/**
 * Puts a suite's Markdown into docs/PERFORMANCE.md, between its marks, and all targets into one table at its top. The words around them are
 * people's.
 */
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

/** The targets of all suites, as their sections say them, in one table. */
export function writeGoals(): void {
  const sections = readFileSync(DOCUMENT, 'utf8').matchAll(/<!-- bench (\w+) -->\n([\s\S]*?)<!-- end \1 -->/g)
  const rows = [...sections].flatMap(([, suite = '', section = '']) =>
    suite === 'goals' ? [] : targetRows(section).map((row) => `| ${suite} ${row}`),
  )
  const met = rows.filter((row) => row.endsWith('| met |')).length
  const head = '| suite | ours ÷ theirs | target | measured |  |\n| --- | --- | ---: | ---: | ---: |'
  writeSection('goals', `${met} of ${rows.length} are met.\n\n${head}\n${rows.join('\n')}\n`)
}

function targetRows(section: string): readonly string[] {
  const [, table = ''] = section.split('\nTargets\n\n')
  return table
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
}
