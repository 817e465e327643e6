import { statSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryCache } from '../../../packages/framework/src/static/memory-cache.ts'

const stat = statSync('.', { bigint: true })
const file = (length: number) => ({ stat, bytes: new Uint8Array(length) })

describe('the memory for small files', () => {
  it('gives back what it was given, and nothing else', () => {
    const memory = new MemoryCache(100_000)
    const a = file(10)
    memory.set('/a', a)
    expect(memory.get('/a')).toBe(a)
    expect(memory.get('/b')).toBeUndefined()
    memory.delete('/a')
    expect(memory.get('/a')).toBeUndefined()
    expect(memory.size).toBe(0)
  })

  it('lets the least recently used go first', () => {
    const memory = new MemoryCache(35_000)
    for (const path of ['/a', '/b', '/c']) memory.set(path, file(10_000))
    memory.get('/a')
    memory.set('/d', file(10_000))
    expect(['/a', '/b', '/c', '/d'].map((path) => memory.get(path) !== undefined)).toEqual([true, false, true, true])
  })

  it('keeps the order of use, whatever is asked for how often', () => {
    const paths = ['/a', '/b', '/c', '/d', '/e']
    fc.assert(
      fc.property(fc.array(fc.record({ path: fc.constantFrom(...paths), asked: fc.boolean() })), (steps) => {
        const memory = new MemoryCache(35_000)
        let used: string[] = []
        for (const { path, asked } of steps) {
          if (asked) memory.get(path)
          else memory.set(path, file(10_000))
          if (!asked || used.includes(path)) used = [...used.filter((other) => other !== path), path].slice(-3)
        }
        expect(paths.filter((path) => memory.get(path) !== undefined)).toEqual(used.toSorted())
      }),
    )
  })

  it('takes nothing that is larger than it, and nothing at all with 0', () => {
    const memory = new MemoryCache(10_000)
    memory.set('/small', file(10))
    memory.set('/large', file(10_000))
    expect(memory.get('/large')).toBeUndefined()
    expect(memory.get('/small')).toBeDefined()
    const none = new MemoryCache(0)
    none.set('/a', file(0))
    expect(none.get('/a')).toBeUndefined()
  })

  it('never holds more than its limit, and counts right', () => {
    const step = fc.record({
      path: fc.constantFrom('/a', '/b', '/c', '/d', '/e'),
      length: fc.nat(8000),
      remove: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const memory = new MemoryCache(16_000)
        for (const { path, length, remove } of steps) {
          if (remove) memory.delete(path)
          else memory.set(path, file(length))
          expect(memory.size).toBeLessThanOrEqual(16_000)
        }
        for (const path of ['/a', '/b', '/c', '/d', '/e']) memory.delete(path)
        expect(memory.size).toBe(0)
      }),
    )
  })
})
