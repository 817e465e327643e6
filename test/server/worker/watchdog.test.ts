/** Says where the event loop hangs, before it ends the process (M-02): in processes of their own, since they are killed. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'tsgi-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

const WATCHDOG = pathToFileURL('packages/server/src/worker/watchdog.ts').href

/** What a program says, and how it ends, that is watched with `allowed` milliseconds at first and 100 later. */
function watched(allowed: number, program: string): Promise<{ readonly text: string; readonly signal: unknown }> {
  const text = `import { Watchdog } from '${WATCHDOG}'
const watchdog = new Watchdog({ timeout: 100, allowed: ${allowed}, log: '-', requests: () => ['GET /slow'] })
const endless = () => { for (;;) Math.random() }
${program}`
  const file = join(folder, 'program.mjs')
  writeFileSync(file, text)
  return new Promise((resolve) =>
    execFile(process.execPath, [file], (error, _stdout, stderr) => resolve({ text: stderr, signal: error?.signal })),
  )
}

describe('the watchdog', () => {
  it('tells function, place and requests of a loop that never lets go, though it has never beaten', async () => {
    const { text, signal } = await watched(200, 'endless()')
    expect(text).toMatch(
      /\[CRITICAL\] the event loop stood still for 0\.\d s; killing this worker\. It hung\n {4}at endless \(.*:3:\d+\)/,
    )
    expect(text).toContain('Requests in flight:\n    GET /slow\n')
    expect(signal).toBe('SIGKILL')
  })

  it('waits as long as it is told to', async () => {
    const program = `const end = performance.now() + 400
while (performance.now() < end) Math.random()
console.error('loaded')
watchdog.allow(100)
endless()`
    const { text, signal } = await watched(60_000, program)
    expect(text).toMatch(/^loaded\n.*stood still/)
    expect(signal).toBe('SIGKILL')
  })
})
