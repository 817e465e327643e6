/** How many files of ours one GET enters (house: at most 24), each counted by V8 in a process of its own. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

const MAX_FILES = 24

test('a warm GET of the graduation site enters at most 24 files of ours', () => {
  const printed = execFileSync(process.execPath, ['bench/entered-files.ts', '/'], { encoding: 'utf8' })
  const files = printed.split('\n').filter((line) => line.startsWith('packages/'))
  expect(files).toContain('packages/server/src/connection/http1-connection.ts')
  expect(files.length, printed).toBeLessThanOrEqual(MAX_FILES)
})
