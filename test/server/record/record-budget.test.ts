/** How many requests are recorded under load: a burst, then a rate; failures keep a budget of their own. */

import type { Application } from '@tsgi/contract'
import { environFor } from '@tsgi/contract/testing'
import { expect, it } from 'vitest'
import { RecordBudget } from '../../../packages/server/src/record/record-budget.ts'
import { recorded } from '../../../packages/server/src/record/recorder.ts'

it('has room for a thousand at once, then for twenty in a second', () => {
  let now = 0
  const budget = new RecordBudget(() => now)
  const take = (times: number) => Array.from({ length: times }, () => budget.take()).filter(Boolean).length
  expect(take(5_000)).toBe(1_000)
  now += 1_000
  expect(take(5_000)).toBe(20)
  now += 10_000
  expect(take(5_000)).toBe(200)
  now += 3_600_000
  expect(take(5_000)).toBe(1_000)
})

it('good requests take no place of one that fails', () => {
  const kept: string[] = []
  const application: Application = (environ, startResponse) => {
    startResponse(environ.PATH_INFO === '/bad' ? '500 Internal Server Error' : '200 OK', [])
    return 'x'
  }
  const folder = { keep: (_name: string, text: () => string) => void kept.push(JSON.parse(text()).response.status) }
  const round = recorded(application, { folder, when: 'all', slowMs: 60_000 })
  for (let i = 0; i < 3_000; i++) round(environFor('/'), () => () => Promise.resolve())
  const good = kept.length
  expect(good).toBeGreaterThanOrEqual(1_000)
  expect(good).toBeLessThan(2_000)
  round(environFor('/bad'), () => () => Promise.resolve())
  expect(kept.slice(good)).toEqual(['500 Internal Server Error'])
})
