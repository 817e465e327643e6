/**
 * Charts of the tables in docs/PERFORMANCE.md, as SVG for README and docs: one bar per contender, a file for light and one
 * for dark pages. Reads the tables that the bench has written; measures nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const DOCS = new URL('../../docs/', import.meta.url)

interface Chart {
  /** Of the files: `pictures/<name>-light.svg` and `-dark.svg`. */
  readonly name: string
  /** The suite and the title of its table. */
  readonly suite: string
  readonly table: string
  readonly title: string
  /** The rows to show; all without it. */
  readonly rows?: readonly string[]
}

const CHARTS: readonly Chart[] = [
  { name: 'hello', suite: 'http', table: 'Hello, bare headers', title: 'CPU per hello, µs (less is better)' },
  {
    name: 'routes',
    suite: 'framework',
    table: '30 routes, a parameter',
    title: 'CPU per request of a framework, µs (less is better)',
  },
  { name: 'static', suite: 'static', table: 'A file of 1 KiB', title: 'CPU per file of 1 KiB, µs (less is better)' },
]

interface Bar {
  readonly name: string
  readonly value: number
}

/** Colours with a contrast of 4.5:1 on the usual backgrounds. */
const THEMES = {
  light: { text: '#1f2328', ours: '#1f6a49', others: '#8c959f' },
  dark: { text: '#e6edf3', ours: '#5fbf90', others: '#6e7681' },
} as const

/** Writes every chart whose table exists. @returns the names of the files. */
export function writeCharts(): readonly string[] {
  const document = readFileSync(new URL('PERFORMANCE.md', DOCS), 'utf8')
  return CHARTS.flatMap(({ name, suite, table, title, rows }) => {
    const bars = barsOf(document, suite, table).filter((bar) => rows === undefined || rows.includes(bar.name))
    if (bars.length === 0) return []
    return (['light', 'dark'] as const).map((theme) => {
      const path = `pictures/${name}-${theme}.svg`
      writeFileSync(new URL(path, DOCS), draw(title, bars, THEMES[theme]))
      return `docs/${path}`
    })
  })
}

/** The column `CPU µs/…` of a table, in ascending order. The first table whose title begins so. */
export function barsOf(document: string, suite: string, table: string): readonly Bar[] {
  const section = document.split(`<!-- bench ${suite} -->`)[1]?.split(`<!-- end ${suite} -->`)[0] ?? ''
  const lines = (section.split('\n\n').find((_, i, all) => all[i - 1]?.trim().startsWith(table)) ?? '').split('\n')
  const [head = '', , ...rows] = lines.map(cellsOf)
  const column = [...head].findIndex((cell) => cell.startsWith('CPU µs'))
  return rows
    .flatMap((cells) => {
      const [name = '', value = Number.NaN] = [cells[0], Number(cells[column])]
      return name === '' || Number.isNaN(value) ? [] : [{ name, value }]
    })
    .sort((a, b) => a.value - b.value)
}

function cellsOf(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}

const ROW_HEIGHT_PX = 26
const LABEL_WIDTH_PX = 120
const BAR_WIDTH_PX = 420

function draw(title: string, bars: readonly Bar[], theme: (typeof THEMES)[keyof typeof THEMES]): string {
  const most = Math.max(...bars.map(({ value }) => value))
  const height = 40 + bars.length * ROW_HEIGHT_PX
  const rows = bars.map(({ name, value }, i) => {
    const y = 36 + i * ROW_HEIGHT_PX
    const width = Math.max(2, Math.round((value / most) * BAR_WIDTH_PX))
    const isOurs = name.startsWith('tsgi')
    const weight = isOurs ? ' font-weight="bold"' : ''
    return [
      `<text x="${LABEL_WIDTH_PX - 8}" y="${y + 13}" text-anchor="end"${weight}>${escapeText(name)}</text>`,
      `<rect x="${LABEL_WIDTH_PX}" y="${y}" width="${width}" height="18" rx="3" fill="${isOurs ? theme.ours : theme.others}"/>`,
      `<text x="${LABEL_WIDTH_PX + width + 6}" y="${y + 13}"${weight}>${value}</text>`,
    ].join('')
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LABEL_WIDTH_PX + BAR_WIDTH_PX + 60} ${height}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="${theme.text}">`,
    `<title>${escapeText(title)}</title>`,
    `<text x="0" y="18" font-size="14" font-weight="bold">${escapeText(title)}</text>`,
    ...rows,
    '</svg>\n',
  ].join('\n')
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
