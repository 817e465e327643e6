/** What was measured, as Markdown: a table per comparison, and the targets with what came of them. Measures nothing. */
import type { Series } from './rounds.ts'
import { median, ratioOf, spread } from './statistics.ts'

/** What a suite returns. */
export interface Report {
  /** Markdown, one block per comparison. */
  readonly blocks: readonly string[]
  readonly targets: readonly Target[]
}

export interface Target {
  readonly what: string
  readonly sense: '≤' | '≥'
  readonly bound: number
  /** NaN where it could not be measured. */
  readonly measured: number
}

export function isMet({ sense, bound, measured }: Target): boolean {
  return sense === '≤' ? measured <= bound : measured >= bound
}

/** Ours is the first of the series; each ratio is ours ÷ that one, the median over the rounds. */
export function comparison(title: string, all: readonly Series[], unit = 'request'): string {
  const [ours] = all
  const rows = all.map((one) => [
    one.name,
    one.version,
    median(one.cpu).toFixed(median(one.cpu) < 100 ? 1 : 0),
    factor(ours === undefined ? Number.NaN : ratioOf(ours.cpu, one.cpu)),
    median(one.rate).toFixed(median(one.rate) < 100 ? 1 : 0),
    factor(ours === undefined ? Number.NaN : ratioOf(ours.rate, one.rate)),
    `±${(spread(one.cpu) * 50).toFixed(0)} %`,
  ])
  const head = ['', 'version', `CPU µs/${unit}`, 'ours ÷ this', `${unit}s/s`, 'ours ÷ this', 'CPU spread']
  return table(title, head, rows)
}

export function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]
  return `${title}\n\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`
}

export function targetTable(targets: readonly Target[]): string {
  const rows = targets.map((target) => [
    target.what,
    `${target.sense} ${target.bound}`,
    factor(target.measured),
    Number.isNaN(target.measured) ? 'not measured' : isMet(target) ? 'met' : '**not met**',
  ])
  return table('Targets', ['ours ÷ theirs', 'target', 'measured', ''], rows)
}

/** Ours ÷ the one of that name. */
export function cpuRatio(all: readonly Series[], name: string): number {
  return ratio(all, name, 'cpu')
}

export function rateRatio(all: readonly Series[], name: string): number {
  return ratio(all, name, 'rate')
}

export function factor(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(2)
}

function ratio(all: readonly Series[], name: string, figure: 'cpu' | 'rate'): number {
  const [ours] = all
  const theirs = all.find((one) => one.name === name)
  return ours === undefined || theirs === undefined ? Number.NaN : ratioOf(ours[figure], theirs[figure])
}
