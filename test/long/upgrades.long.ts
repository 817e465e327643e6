/** Ten upgrades of the server under 50,000 requests: none is lost, and the `close()` of a pool is awaited in each. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { load } from '../process/load.ts'
import { endCommandsAfterEach, folderWith, ROOT, serving } from '../support/command.ts'
import { REQUESTS, readNotes } from './notes.ts'

endCommandsAfterEach()
let pidFile = ''
// The last master is not a child of this process.
afterEach(() => {
  if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL')
})

const UPGRADES = 10
const WORKERS = 2
const isGone = (pid: number) => !existsSync(`/proc/${pid}`)

it(`${UPGRADES} upgrades under ${REQUESTS} requests`, async () => {
  const folder = folderWith()
  const notes = join(folder, 'notes')
  pidFile = join(folder, 'pid')
  const master = () => (existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0)
  const words = ['test/long/leaving-application.ts:application', '--bind', '127.0.0.1:0', '--workers', String(WORKERS)]
  const server = await serving([...words, '--pid', pidFile], { cwd: ROOT, env: { NOTES: notes } })
  const requests = load(`${server.url}/`, 6, 2)
  for (let i = 1; i <= UPGRADES; i++) {
    await requests.reached((REQUESTS / UPGRADES) * i)
    const before = master()
    process.kill(before, 'SIGUSR2')
    await expect.poll(() => master() !== before && master() !== 0, { timeout: 30_000 }).toBe(true)
    await expect.poll(() => isGone(before), { timeout: 30_000 }).toBe(true)
  }
  const { answered, failures } = await requests.stop()
  expect(failures).toEqual([])
  expect(answered).toBeGreaterThanOrEqual(REQUESTS)
  const last = master()
  process.kill(last, 'SIGTERM')
  await expect.poll(() => isGone(last), { timeout: 30_000 }).toBe(true)
  const noted = readNotes(notes)
  const started = [...(noted.get('started')?.keys() ?? [])].sort()
  expect(started).toHaveLength((UPGRADES + 1) * WORKERS)
  expect([...(noted.get('closed')?.keys() ?? [])].sort()).toEqual(started)
  // Awaited: it took its time, and the process ended after it.
  for (const [pid, at] of noted.get('closed') ?? []) expect(noted.get('gone')?.get(pid)).toBeGreaterThanOrEqual(at)
})
