import { describe, expect, it } from 'vitest'
import { configure } from '../../../packages/server/src/config/configuration.ts'
import { fdBudget } from '../../../packages/server/src/worker/fd-budget.ts'
import { Recycling } from '../../../packages/server/src/worker/recycling.ts'

const recycling = (values: object) =>
  new Recycling(configure({ settings: { place: 'test', values: { ...values } } }).config)

describe('Recycling', () => {
  it('never asks by default', () => {
    expect(recycling({}).byRequests(1e9)).toBeUndefined()
    expect(recycling({}).byMemory(1e12, () => 1e12)).toBeUndefined()
  })

  it('asks once per share of requests', () => {
    const worker = recycling({ maxRequests: 10 })
    expect(worker.byRequests(9)).toBeUndefined()
    expect(worker.byRequests(10)).toBe('it has answered 10 requests')
    expect(worker.byRequests(11)).toBeUndefined()
    expect(worker.byRequests(20)).toBe('it has answered 20 requests')
  })

  it('adds a jitter of its own to each worker, never more than was allowed', () => {
    const shares = Array.from({ length: 200 }, () => {
      const worker = recycling({ maxRequests: 10, maxRequestsJitter: 5 })
      return Array.from({ length: 20 }, (_, count) => count).find((count) => worker.byRequests(count) !== undefined)
    })
    expect(Math.min(...shares.map(Number))).toBe(10)
    expect(Math.max(...shares.map(Number))).toBe(15)
  })

  it('asks when it uses too much memory', () => {
    const worker = recycling({ maxMemory: '3m' })
    expect(worker.byMemory(3 * 1024 ** 2, () => 0)).toBeUndefined()
    expect(worker.byMemory(4 * 1024 ** 2, () => 0)).toBe('it uses 4 MiB of memory')
    expect(worker.byMemory(1024 ** 2, () => 3 * 1024 ** 2)).toBe('it uses 4 MiB of memory, 3 MiB of it in Python')
  })
})

describe('descriptorBudget', () => {
  it.each([
    [1000, 65_536, 30, { most: 1000, waiting: 1000, warning: undefined }],
    [
      1000,
      80,
      26,
      { most: 22, waiting: 8, warning: '80 open files are allowed (ulimit -n): 22 connections instead of 1000' },
    ],
    [1, 10, 26, { most: 1, waiting: 1, warning: undefined }],
    [50, Number.POSITIVE_INFINITY, 26, { most: 50, waiting: 50, warning: undefined }],
  ])('%d connections under a limit of %d with %d open', (wanted, limit, open, budget) => {
    expect(fdBudget(wanted, wanted, limit, open)).toEqual(budget)
  })
})
