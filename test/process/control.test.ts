/** The control socket: `tsgi status|reload|workers N|stop` against a server that runs. */
import { lstatSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask, endCommandsAfterEach, folderWith, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const version = (name: string) => `
export const application = (environ, startResponse) => {
  startResponse('200 OK', [])
  return '${name}'
}`
const FREE = ['--bind', '127.0.0.1:0', '--workers', '2']

describe('tsgi status', () => {
  it('shows the server of the working directory and its workers', async () => {
    const cwd = folderWith({ 'app.ts': version('one') })
    const server = await serving(['app.ts', ...FREE], { cwd })
    const status = tsgi(['status'], { cwd })
    expect((await status.exit()).code).toBe(0)
    expect(status.stdout).toContain(`app.ts at ${server.url}\nmaster ${server.child.pid}, up`)
    expect(status.stdout).toMatch(new RegExp(`^${await server.worker(0)} +ready`, 'm'))
    expect(status.stdout).toMatch(new RegExp(`^${await server.worker(1)} +ready`, 'm'))
  })

  it('says so when there is no server', async () => {
    const status = tsgi(['status'], { cwd: folderWith() })
    expect((await status.exit()).code).toBe(2)
    expect(status.stderr).toMatch(/^tsgi: no server answers at \S+; --control-socket says where another one is\n$/)
  })
})

describe('tsgi reload', () => {
  it('waits for the new workers, and tells the reason when the old ones stay', async () => {
    const cwd = folderWith({ 'app.ts': version('one') })
    const words = ['--control-socket', 'tsgi.ctl']
    const server = await serving(['app.ts', ...FREE, ...words], { cwd })
    expect(lstatSync(join(cwd, 'tsgi.ctl')).mode & 0o777).toBe(0o600)

    writeFileSync(join(cwd, 'app.ts'), version('two'))
    const good = tsgi(['reload', ...words], { cwd })
    expect((await good.exit()).code).toBe(0)
    expect((await ask(server.url)).text).toBe('two')

    writeFileSync(join(cwd, 'app.ts'), 'throw new Error("no database")')
    const bad = tsgi(['reload', ...words], { cwd })
    expect((await bad.exit()).code).toBe(1)
    expect(bad.stderr).toMatch(/^not reloaded, the old workers stay: cannot load app\.ts: Error: no database/)
    expect((await ask(server.url)).text).toBe('two')
  })
})

describe('tsgi workers and tsgi stop', () => {
  it('change the number of workers, and end the server', async () => {
    const cwd = folderWith({ 'app.ts': version('one') })
    const server = await serving(['app.ts', ...FREE], { cwd })
    expect((await tsgi(['workers', '3'], { cwd }).exit()).code).toBe(0)
    await server.worker(2)
    expect((await tsgi(['stop'], { cwd }).exit()).code).toBe(0)
    expect(await server.exit()).toEqual({ code: 0, signal: null })
  })
})

describe('the control socket', () => {
  it.each([
    '{"order":"explode"}\n',
    'not json\n',
    '{"order":"workers","count":"x"}\n',
    '{"order":"workers","count":1.5}\n',
    '{"order":"workers","count":0}\n',
  ])('refuses %j', async (line) => {
    const cwd = folderWith({ 'app.ts': version('one') })
    await serving(['app.ts', ...FREE, '--control-socket', 'tsgi.ctl'], { cwd })
    const answer = await new Promise<string>((resolve) => {
      const socket = net.connect(join(cwd, 'tsgi.ctl'), () => socket.write(line))
      socket.on('data', (octets) => resolve(String(octets)))
    })
    expect(JSON.parse(answer)).toEqual({ ok: false, text: 'this server does not know that order' })
  })

  it('of a second server stays when the first one, whose file somebody removed, ends', async () => {
    const cwd = folderWith({ 'app.ts': version('one') })
    const words = ['app.ts', '--bind', '127.0.0.1:0', '--control-socket', 'tsgi.ctl']
    const first = await serving(words, { cwd })
    rmSync(join(cwd, 'tsgi.ctl'))
    await serving(words, { cwd })
    first.signal('SIGTERM')
    await first.exit()
    expect(lstatSync(join(cwd, 'tsgi.ctl')).isSocket()).toBe(true)
  })
})
