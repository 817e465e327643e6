/** The table of `tsgi top`: rates between samples, percentiles of histograms, narrow terminals. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { quantile, topTable } from '../../../packages/server/src/cli/top-table.ts'
import { DURATION_BOUNDS, EMPTY_METRICS } from '../../../packages/server/src/ipc/request-metrics.ts'
import { EMPTY_ROW } from '../../../packages/server/src/ipc/scoreboard.ts'
import { readTopSample, type TopSample } from '../../../packages/server/src/ipc/top-sample.ts'

const sample = (requests: number, pid = 7): TopSample => ({
  target: 'app.ts',
  addresses: ['http://127.0.0.1:1'],
  age: 1,
  restarts: 0,
  reloads: 0,
  workers: [{ ...EMPTY_ROW, number: 1, pid, state: 'ready', age: 1, requests }],
  requests: EMPTY_METRICS,
})

it('has the requests of a second, and none below zero when a worker was replaced', () => {
  expect(topTable(sample(100), sample(150), 2).rows[0]).toMatch(/^7 +1 +ready +25 /)
  expect(topTable(sample(100), sample(30, 8), 2).rows[0]).toMatch(/^8 +1 +ready +15 /)
  expect(topTable(sample(100), sample(30), 2).rows[0]).toMatch(/^7 +1 +ready +0\.0 /)
})

it('fits each width, and keeps the worker and its rate longest', () => {
  for (let width = 1; width < 120; width++) {
    const { summary, head, rows } = topTable(sample(1), sample(2), 1, width)
    for (const line of [...summary, head, ...rows]) expect(line.length).toBeLessThanOrEqual(width)
  }
  expect(topTable(sample(1), sample(2), 1, 20).head).toBe('worker  requests/s')
})

it('finds a quantile in the class that holds it', () => {
  expect(quantile([], 0.5)).toBeUndefined()
  const classes = fc.array(fc.nat(50), { minLength: DURATION_BOUNDS.length + 1, maxLength: DURATION_BOUNDS.length + 1 })
  fc.assert(
    fc.property(classes, fc.double({ min: 0.01, max: 1, noNaN: true }), (counts, share) => {
      const total = counts.reduce((sum, count) => sum + count, 0)
      const found = quantile(counts, share)
      if (total === 0) return expect(found).toBeUndefined()
      const below = counts.reduce(
        (sum, count, at) => sum + ((DURATION_BOUNDS[at - 1] ?? 0) < (found ?? 0) ? count : 0),
        0,
      )
      expect(found).toBeLessThanOrEqual(10)
      expect(below).toBeGreaterThanOrEqual(found === 10 ? 0 : total * share - 1e-6)
    }),
  )
})

it.each(['', 'no json', '[]', '{}', '{"workers":1}'])('takes %j for no sample', (text) => {
  expect(readTopSample(text)).toBeUndefined()
})
