/** Which worker an accepted connection belongs to, by the numbers on the scoreboard. */
import { closeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createScoreboard, Scoreboard } from '../../../packages/server/src/ipc/scoreboard.ts'
import { Balance } from '../../../packages/server/src/worker/acceptor.ts'

const SLOTS = 4
let fd = -1
let board: Scoreboard
beforeEach(() => {
  fd = createScoreboard(SLOTS, tmpdir())
  board = new Scoreboard(fd, SLOTS)
})
afterEach(() => closeSync(fd))

/** A worker that serves, with this many connections. */
function worker(slot: number, open: number, more: { heartbeat?: number; given?: number; taken?: number } = {}): void {
  board.set(slot, 'serving', 1)
  board.set(slot, 'open', open)
  board.set(slot, 'heartbeat', more.heartbeat ?? Date.now())
  board.set(slot, 'given', more.given ?? 0)
  board.set(slot, 'taken', more.taken ?? 0)
}

const place = (open: number) => new Balance(board, 0).place(open)

describe('Balance', () => {
  it('keeps everything where nobody else serves', () => {
    expect(place(1000)).toBe('keep')
  })

  it.each([
    [1, 0, 'keep'],
    [2, 0, 'keep'],
    [3, 0, 'pass'],
    [50, 50, 'keep'],
    [55, 50, 'keep'],
    [78, 50, 'pass'],
    [50, 80, 'keep'],
  ] as const)('with %d against %d: %s', (open, other, placement) => {
    worker(1, other)
    worker(2, 1000)
    expect(place(open)).toBe(placement)
  })

  it('passes nothing to a worker that has not been heard of', () => {
    worker(1, 0, { heartbeat: Date.now() - 10_000 })
    worker(2, 100)
    expect(place(100)).toBe('keep')
  })

  it('counts what is on its way to a worker', () => {
    worker(1, 0, { given: 98, taken: 0 })
    expect(place(100)).toBe('keep')
  })

  it('never lets a worker that is ahead get so far ahead that another has less than half', () => {
    worker(1, 0)
    for (let open = 10; open < 500; open++) {
      for (const other of [Math.floor(open / 2) - 2, Math.floor(open / 3)]) {
        worker(1, other)
        expect(place(open)).toBe('pass')
      }
    }
  })
})

describe('the scoreboard', () => {
  it('is one for all who have its descriptor, and forgets a slot', () => {
    const other = new Scoreboard(fd, SLOTS)
    board.set(3, 'requests', 7)
    expect(other.row(3).requests).toBe(7)
    other.clear(3)
    expect(board.row(3).requests).toBe(0)
  })
})
