/** `tsgi serve` on the oldest Node that it promises, which has no `net.BoundSocket`: nothing is lost there either. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ask, endCommandsAfterEach, folderWith, ROOT, serving } from '../support/command.ts'
import { load } from './load.ts'

endCommandsAfterEach()

const NODE = join(ROOT, 'test/published/tools/node_modules/node22/bin/node')
const APP = `
export const application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return process.version + ' ' + environ['wsgi.multiprocess']
}`
/** The program that starts the command is another Node than that of the tests. */
const through = ['sh', '-c', `shift; exec ${NODE} "$@"`, 'sh']

it.skipIf(!existsSync(NODE))(
  'serves with two workers over TCP and a unix socket, and 5 reloads and a stop fail no request (Node 22.18)',
  { timeout: 240_000 },
  async () => {
    const cwd = folderWith({ 'app.ts': APP })
    const words = ['app.ts', '--bind', '127.0.0.1:0', '--bind', 'unix:app.sock', '--workers', '2']
    const command = await serving(words, { cwd, through })
    expect((await ask(command.url)).text).toBe('v22.18.0 true')
    expect((await ask({ socketPath: join(cwd, 'app.sock') })).text).toBe('v22.18.0 true')
    const clients = load(command.url, 4, 8)
    for (let reload = 1; reload <= 5; reload++) {
      await clients.reached(reload * 500)
      command.signal('SIGHUP')
      await command.printed(/has left/, reload * 2)
    }
    await clients.reached(3_500)
    expect((await clients.stop()).failures).toEqual([])
    command.signal('SIGTERM')
    expect(await command.exit()).toEqual({ code: 0, signal: null })
  },
)
