import { describe, expect, it } from 'vitest'
import { type ConnectionState, checkMove } from '../../../packages/server/src/connection/connection-state.ts'

const STATES: readonly ConnectionState[] = ['idle', 'reading', 'exchange', 'draining', 'closing', 'lingering', 'closed']

function movesFrom(from: ConnectionState): ConnectionState[] {
  return STATES.filter((to) => {
    try {
      return checkMove(from, to) === to
    } catch {
      return false
    }
  })
}

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

  it('names a move that is not in the table', () => {
    expect(() => checkMove('lingering', 'idle')).toThrow('no move from lingering to idle')
  })
})
