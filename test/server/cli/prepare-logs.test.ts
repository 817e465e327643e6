/** Whom log files are given to. */
import { linkSync, lstatSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { prepareLogs } from '../../../packages/server/src/cli/prepare-logs.ts'

const folder = mkdtempSync(join(tmpdir(), 'tsgi-test-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const nobody = { uid: 65_534, gid: 65_534 }

describe('log files', () => {
  it('that cannot be made are told in one line', () => {
    expect(() =>
      prepareLogs({ accessLogfile: at('no/a.log'), errorLogfile: '-' }, { uid: undefined, gid: undefined }),
    ).toThrow(/^--access-logfile \S+a\.log: ENOENT/)
  })

  it.runIf(process.getuid?.() === 0)('are given to the workers, but nothing that a link leads to (as root)', () => {
    writeFileSync(at('precious'), '')
    symlinkSync(at('precious'), at('a.log'))
    prepareLogs({ accessLogfile: at('a.log'), errorLogfile: at('e.log') }, nobody)
    expect(statSync(at('precious')).uid).toBe(0)
    expect(lstatSync(at('e.log')).uid).toBe(65_534)

    linkSync(at('precious'), at('hard.log'))
    prepareLogs({ accessLogfile: at('hard.log'), errorLogfile: '/dev/null' }, nobody)
    expect(statSync(at('precious')).uid).toBe(0)
    expect(statSync('/dev/null').uid).toBe(0)
  })
})
