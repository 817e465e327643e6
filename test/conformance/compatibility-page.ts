/** docs/compatibility.md, made of what the matrix found. Knows reports; runs nothing. */
import type { Report } from '@tsgi/conformance'

/** What came of one kind of application on one server: a report, or why there is none. */
export type Cell = Report | string

/** By server, then by kind of application; both in the order of the page. */
export type Matrix = ReadonlyMap<string, ReadonlyMap<string, Cell>>

export function compatibilityPage(matrix: Matrix, kinds: readonly string[]): string {
  const lines = [...matrix].map(([server, cells]) => {
    const shown = kinds.map((kind) => shownCell(cells.get(kind)))
    return `| ${server} | ${shown.join(' | ')} |`
  })
  return `# Compatibility

Every kind of application on every server. \`pnpm conformance\` runs this matrix, and \`TSGI_WRITE=1 pnpm conformance\` writes this page. A row that
fails without a reason fails the run, and so does a reason whose row passes.

_bare_ is the application of [\`@tsgi/conformance\`](../packages/conformance), asked all its rows. The others are one small site, written in each
framework's own words, and asked what its clients see: methods, queries, headers, uploads, streams, cookies, failures, clients that leave. A cell is the number
of rows that passed, and after a plus sign those that the server lacks, with a reason below. A row is not asked where it has no meaning: HTTP/2 rows over HTTP/1.1, rows about
untrusted peers behind a proxy. – is explained below the table.

| server | ${kinds.join(' | ')} |
|---|${kinds.map(() => '---:|').join('')}
${lines.join('\n')}

${absent(matrix)}## What each server lacks

${[...matrix].flatMap(([server, cells]) => gaps(server, cells)).join('\n')}`
}

function shownCell(cell: Cell | undefined): string {
  if (cell === undefined || typeof cell === 'string') return '–'
  return cell.lacking === 0 ? String(cell.passed) : `${cell.passed} + ${cell.lacking}`
}

function absent(matrix: Matrix): string {
  const reasons = new Map<string, Set<string>>()
  for (const [server, cells] of matrix) {
    for (const cell of cells.values()) {
      if (typeof cell === 'string') reasons.set(cell, (reasons.get(cell) ?? new Set()).add(server))
    }
  }
  return [...reasons].map(([reason, servers]) => `– on ${[...servers].join(', ')}: ${reason}.\n\n`).join('')
}

/** Rows by their reason; those of guests come behind, as they are the same for most kinds. */
function gaps(server: string, cells: ReadonlyMap<string, Cell>): readonly string[] {
  const reasons = new Map<string, Set<string>>()
  for (const cell of cells.values()) {
    if (typeof cell === 'string') continue
    for (const { id, outcome } of cell.results) {
      if (outcome.kind === 'lacking') reasons.set(outcome.reason, (reasons.get(outcome.reason) ?? new Set()).add(id))
    }
  }
  if (reasons.size === 0) return []
  const lines = [...reasons].map(([reason, ids]) => `| ${[...ids].join(', ')} | ${reason} |`)
  return [`### ${server}\n`, '| rows | reason |', '|---|---|', ...lines, '']
}
