/** SIGHUP reads the configuration anew: what changes, what stays, what is refused. */
import { existsSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask, endCommandsAfterEach, folderWith, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const APP = `
export const application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return 'pid=' + process.pid
}`

function folder(settings: object): string {
  const cwd = folderWith({ 'app.ts': APP })
  configure(cwd, settings)
  return cwd
}

function configure(cwd: string, settings: object): void {
  writeFileSync(join(cwd, 'tsgi.config.ts'), `export default ${JSON.stringify(settings)}`)
}

describe('after SIGHUP', () => {
  it('the new settings are in force, addresses and number of workers too; what cannot change is named', async () => {
    const cwd = folder({ bind: ['127.0.0.1:0', 'unix:old.sock'], serverHeader: 'one' })
    const command = await serving(['app.ts'], { cwd })
    expect((await ask(command.url)).headers.server).toBe('one')

    configure(cwd, { bind: ['127.0.0.1:0', 'unix:new.sock'], serverHeader: 'two', workers: 2, socketMode: '600' })
    command.signal('SIGHUP')
    await command.printed(/reloaded: 2 new workers serve/)
    expect((await ask(command.url)).headers.server).toBe('two')
    expect((await ask({ socketPath: join(cwd, 'new.sock') })).headers.server).toBe('two')
    expect(existsSync(join(cwd, 'old.sock'))).toBe(false)
    expect(command.stderr).toContain('new configuration: workers = 2 (workers in tsgi.config.ts)')
    expect(command.stderr).toMatch(/WARNING\] new configuration: socket-mode = 600 \(.*\) needs a restart; it stays/)

    const status = tsgi(['status'], { cwd })
    await status.exit()
    expect(status.stdout).toContain(`app.ts at ${command.url}, unix:new.sock\n`)
  })

  it('while the first worker still loads, another one loads in its place', async () => {
    const cwd = folderWith({
      'app.ts': `
import { existsSync, writeSync } from 'node:fs'
writeSync(2, 'loading\\n')
while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20))
${APP}`,
    })
    const command = tsgi(['serve', 'app.ts', '--bind', '127.0.0.1:0'], { cwd })
    await command.printed(/loading/)
    command.signal('SIGHUP')
    await command.printed(/loading/, 2)
    writeFileSync(join(cwd, 'go'), '')
    await command.printed(/Listening at/)
    expect((await ask(command.url)).text).toBe(`pid=${command.workers[0]}`)
  })

  it('bad settings change nothing, and the reason is told', async () => {
    const cwd = folder({ bind: ['127.0.0.1:0'] })
    const command = await serving(['app.ts'], { cwd })
    configure(cwd, { bind: ['127.0.0.1:0'], workers: 'many' })
    command.signal('SIGHUP')
    await command.printed(
      /not reloaded, all stays as it was: workers in tsgi\.config\.ts many: must be a whole number of at least 1\n/,
    )
    const reload = tsgi(['reload'], { cwd, env: { TSGI_WORKERS: '' } })
    expect((await reload.exit()).code).toBe(1) // the server was asked although the file is bad, and did not reload
    expect((await ask(command.url)).text).toBe(`pid=${command.workers[0]}`)
    expect(command.workers).toHaveLength(1)
  })

  it('a port that somebody else has taken changes nothing, and is named', async () => {
    const thief = net.createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => thief.once('listening', resolve))
    const { port } = thief.address() as net.AddressInfo
    const cwd = folder({ bind: ['127.0.0.1:0'] })
    const command = await serving(['app.ts'], { cwd })
    configure(cwd, { bind: ['127.0.0.1:0', `127.0.0.1:${port}`] })
    const reload = tsgi(['reload'], { cwd })
    expect((await reload.exit()).code).toBe(1)
    expect(reload.stderr).toContain(`cannot listen on 127.0.0.1:${port}: port ${port} is in use by another process`)
    expect((await ask(command.url)).text).toBe(`pid=${command.workers[0]}`)
    thief.close()
  })

  it('the old settings are in force again when no worker serves with the new ones', async () => {
    const cwd = folder({ bind: ['127.0.0.1:0'], serverHeader: 'one' })
    const command = await serving(['app.ts'], { cwd })
    configure(cwd, { bind: ['127.0.0.1:0', 'unix:new.sock'], serverHeader: 'two', certfile: 'missing.pem' })
    command.signal('SIGHUP')
    await command.printed(/--certfile missing\.pem: there is no such file; the 1 old worker stays/)
    await command.printed(/has left/)
    process.kill(await command.worker(0), 'SIGKILL')
    await command.worker(1)
    expect((await ask(command.url)).headers.server).toBe('one')
    expect(existsSync(join(cwd, 'new.sock'))).toBe(false)
  })
})
