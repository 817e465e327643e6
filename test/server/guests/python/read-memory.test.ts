/** Memory to read to: small answers share it, large bodies keep theirs. */
import { expect, it } from 'vitest'
import { ReadMemory } from '../../../../packages/server/src/guests/python/read-memory.ts'

it('gives the same buffer for every read while nothing large is expected', () => {
  const memory = new ReadMemory()
  const first = memory.next(0)
  expect(memory.next(100)).toBe(first)
  expect(memory.isOurs).toBe(false)
  expect(memory.take(10)).toHaveLength(10)
})

it('gives a large body memory that nobody else gets', () => {
  const memory = new ReadMemory()
  const pieces: Buffer[] = []
  for (let round = 0; round < 50; round++) {
    const buffer = memory.next(300_000)
    expect(memory.isOurs).toBe(true)
    expect(buffer.length).toBeGreaterThan(0)
    expect(buffer.length).toBeLessThanOrEqual(300_000)
    const piece = memory.take(Math.min(buffer.length, 30_000))
    piece.fill(round)
    pieces.push(piece)
    memory.next(0).fill(0xff)
  }
  for (const [round, piece] of pieces.entries()) expect(piece.every((octet) => octet === round)).toBe(true)
})

it('never reads beyond what is expected, so that the next frame is copied from the shared buffer', () => {
  expect(new ReadMemory().next(20_000)).toHaveLength(20_000)
})
