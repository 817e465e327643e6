/** Nothing is lost when workers are replaced: by a reload, by recycling, by a crash (issue: processes and operations). */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask, endCommandsAfterEach, folderWith, serving } from './command.ts'
import { load } from './load.ts'

endCommandsAfterEach()

const version = (name: string) => `
export const application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return '${name} ' + process.pid
}`
const FREE = ['--bind', '127.0.0.1:0', '--workers', '2']

describe('under load from 8 keep-alive and 8 one-shot clients', () => {
  it('20 reloads fail none of 50,000 requests (M-04)', { timeout: 180_000 }, async () => {
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
})
