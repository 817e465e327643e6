/** Nothing is lost when workers are replaced: by a reload, by recycling, by a crash (issue: processes and operations). */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask, endCommandsAfterEach, folderWith, serving } from '../support/command.ts'
import { load } from './load.ts'

endCommandsAfterEach()

const version = (name: string) => `
export const application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return '${name} ' + process.pid
}`
const FREE = ['--bind', '127.0.0.1:0', '--workers', '2']

describe('under load from 8 keep-alive and 8 one-shot clients', () => {
  it('20 reloads fail none of 50,000 requests (M-04)', { timeout: 300_000 }, async () => {
    const command = await serving(['app.ts', ...FREE], { cwd: folderWith({ 'app.ts': version('one') }) })
    const clients = load(command.url, 8, 8)
    for (let reload = 1; reload <= 20; reload++) {
      await clients.reached(reload * 2400)
      command.signal('SIGHUP')
      await command.printed(/has left/, reload * 2)
    }
    await clients.reached(50_000)
    const { answered, failures } = await clients.stop()
    expect(failures).toEqual([])
    expect(answered).toBeGreaterThanOrEqual(50_000)
    expect(command.workers).toHaveLength(42)
  })

  it('recycling after 500 requests each fails none', { timeout: 120_000 }, async () => {
    const words = ['app.ts', ...FREE, '--max-requests', '500', '--max-requests-jitter', '100']
    const command = await serving(words, { cwd: folderWith({ 'app.ts': version('one') }) })
    const clients = load(command.url, 8, 8)
    await command.printed(/is ready/, 8) // the two at first, and six in their place
    const { answered, failures } = await clients.stop()
    expect(failures).toEqual([])
    expect(answered).toBeGreaterThan(6 * 500)
    expect(command.output).toMatch(/is replaced: it has answered 5\d\d requests/)
  })

  it('a reload whose new code does not load keeps the old workers, says why, and fails none', async () => {
    const cwd = folderWith({ 'app.ts': version('one') })
    const command = await serving(['app.ts', ...FREE], { cwd })
    const clients = load(command.url, 8, 8)
    await clients.reached(1000)
    writeFileSync(join(cwd, 'app.ts'), 'throw new Error("no database")')
    command.signal('SIGHUP')
    await command.printed(/cannot load app\.ts: Error: no database \(app\.ts:1:7\); the 2 old workers stay/)
    await command.printed(/has left/) // the one that failed, and nobody else
    await clients.reached(clients.answered + 1000)
    const { failures } = await clients.stop()
    expect(failures).toEqual([])
    expect(command.workers).toHaveLength(2)
    for (const pid of command.workers) expect(() => process.kill(pid, 0)).not.toThrow()
    expect((await ask(command.url)).text).toContain('one')

    writeFileSync(join(cwd, 'app.ts'), version('two'))
    command.signal('SIGHUP')
    await command.printed(/has left/, 3) // the one that failed, and the two old ones
    expect((await ask(command.url)).text).toContain('two')
  })

  it('a reload whose new code rejects a promise that nobody waits for keeps the old worker too', async () => {
    const cwd = folderWith({ 'app.ts': version('one') })
    const command = await serving(['app.ts', '--bind', '127.0.0.1:0'], { cwd })
    writeFileSync(join(cwd, 'app.ts'), `Promise.reject(new Error('no database'))${version('two')}`)
    command.signal('SIGHUP')
    await command.printed(/cannot load app\.ts: Error: no database \(app\.ts:1:16\); the 1 old worker stays/)
    await command.printed(/has left/)
    expect((await ask(command.url)).text).toBe(`one ${command.workers[0]}`)
  })

  it('kill -9 of a worker costs at most what was in flight on it, and another takes its place (M-01)', async () => {
    const command = await serving(['app.ts', ...FREE], { cwd: folderWith({ 'app.ts': version('one') }) })
    const clients = load(command.url, 4, 4)
    await clients.reached(500)
    process.kill(await command.worker(0), 'SIGKILL')
    await command.printed(/is ready/, 3)
    await clients.reached(clients.answered + 500)
    const { failures } = await clients.stop()
    expect(failures.length).toBeLessThanOrEqual(8)
    expect(command.output).toMatch(/was killed by SIGKILL after \S+ s; starting another/)
  })
})
