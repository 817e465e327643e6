import { describe, expect, it } from 'vitest'
import { type ConnectionState, MOVES, timeOf } from '../../../packages/server/src/connection/http1-state.ts'
import { DEFAULT_CLOCKS } from '../../../packages/server/src/connection/timeouts.ts'

const STATES: readonly ConnectionState[] = ['idle', 'reading', 'exchange', 'draining', 'closing', 'lingering', 'closed']

const movesFrom = (from: ConnectionState) => MOVES[from]

describe('the life of a connection', () => {
  it('can end at any moment, once', () => {
    for (const state of STATES.slice(0, -1)) expect(movesFrom(state)).toContain('closed')
    expect(movesFrom('closed')).toEqual([])
  })

  it('takes up no request once it is closing (RFC 9112 §9.6)', () => {
    for (const state of ['closing', 'lingering'] as const) {
      expect(movesFrom(state)).not.toContain('idle')
      expect(movesFrom(state)).not.toContain('exchange')
    }
  })

  it('has a request only after a head, and one at a time', () => {
    expect(STATES.filter((state) => movesFrom(state).includes('exchange'))).toEqual(['idle', 'reading'])
  })
})

describe('how long a connection may stay as it is', () => {
  it('is what the clocks say, and less where it is to end', () => {
    const times = (isRetired: boolean, clocks = DEFAULT_CLOCKS) => [
      timeOf('idle', clocks, true, isRetired),
      timeOf('idle', clocks, false, isRetired),
      timeOf('reading', clocks, false, isRetired),
    ]
    expect(times(false)).toEqual([30_000, 5_000, 30_000])
    expect(times(true)).toEqual([1_000, 250, 5_000])
    expect(times(false, { ...DEFAULT_CLOCKS, headers: 0 })).toEqual([0, 5_000, 0])
    expect(times(true, { ...DEFAULT_CLOCKS, headers: 0 })).toEqual([1_000, 250, 5_000])
    expect(times(true, { ...DEFAULT_CLOCKS, headers: 2_000 })).toEqual([1_000, 250, 2_000])
  })
})
