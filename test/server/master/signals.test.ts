import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { describe, expect, it } from 'vitest'
import { SIGNALS, signalsDocument, WORKER_SIGNALS } from '../../../packages/server/src/master/signals.ts'

describe('the table of signals', () => {
  it('is what docs/SIGNALS.md says', () => {
    expect(readFileSync('docs/SIGNALS.md', 'utf8')).toBe(signalsDocument())
  })

  it('names each signal once, and only signals that exist', () => {
    for (const table of [SIGNALS, WORKER_SIGNALS]) {
      const names = table.map(({ signal }) => signal)
      expect(new Set(names).size).toBe(names.length)
      for (const name of names) expect(constants.signals).toHaveProperty(name)
    }
  })
})
