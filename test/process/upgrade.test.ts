/** A new master on the same sockets, without a pause: SIGUSR2 and `tsgi upgrade`. */
import { once } from 'node:events'
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { ask, type Command, endCommandsAfterEach, folderWith, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

/** Working directories of servers whose last master is to be ended: it holds the output of the first one. */
const folders = new Set<string>()
// Hooks run from the last to the first.
afterEach(() => {
  for (const cwd of folders) if (existsSync(join(cwd, 'pid'))) process.kill(masterOf(cwd), 'SIGKILL')
  folders.clear()
})

const version = (name: string) => `
export const application = (environ, startResponse) => {
  startResponse('200 OK', [])
  return '${name} ' + process.ppid
}`

const WORDS = ['app.mjs', '--bind', '127.0.0.1:0', '--bind', 'unix:app.sock', '--pid', 'pid', '--keep-alive', '2']
const SOCKET = ['--control-socket', 'tsgi.ctl']

/** The master that serves now; ended with the test. */
function masterOf(cwd: string): number {
  return Number(readFileSync(join(cwd, 'pid'), 'utf8'))
}

async function start(cwd: string, words: readonly string[] = [], env: Record<string, string> = {}): Promise<Command> {
  folders.add(cwd)
  return await serving([...WORDS, ...SOCKET, ...words], { cwd, env })
}

/** How the first master ended; its output is open as long as the next one lives. */
async function exitOf({ child }: Command): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}

async function upgraded(cwd: string, from: number): Promise<number> {
  await expect.poll(() => existsSync(join(cwd, 'pid')) && masterOf(cwd) !== from, { timeout: 20_000 }).toBe(true)
  return masterOf(cwd)
}

const isGone = (pid: number) => !existsSync(`/proc/${pid}`)

describe('an upgrade', () => {
  it('loses no request of many clients, over three of them; the unix socket keeps its file', async () => {
    const cwd = folderWith({ 'app.mjs': version('v') })
    const command = await start(cwd, ['--workers', '2'])
    const file = lstatSync(join(cwd, 'app.sock')).ino
    const { port } = new URL(command.url)
    const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
    onTestFinished(() => agent.destroy())
    const masters = new Set<string>()
    const lost: unknown[] = []
    let isOver = false
    let requests = 0
    const client = async (options: http.RequestOptions) => {
      while (!isOver) {
        try {
          const answer = await ask(options)
          requests++
          if (answer.status !== 200) lost.push(answer.status)
          masters.add(answer.text)
        } catch (error) {
          lost.push(error)
        }
      }
    }
    const clients = [
      ...[1, 2, 3].map(() => client({ port, agent: false })),
      ...[1, 2].map(() => client({ port, agent })),
      client({ socketPath: join(cwd, 'app.sock'), agent: false }),
    ]
    let master = masterOf(cwd)
    for (let times = 0; times < 3; times++) {
      process.kill(master, 'SIGUSR2')
      const next = await upgraded(cwd, master)
      await expect.poll(() => isGone(master), { timeout: 10_000 }).toBe(true)
      master = next
    }
    isOver = true
    await Promise.all(clients)
    expect(lost).toEqual([])
    expect(requests).toBeGreaterThan(100)
    expect(masters.size).toBe(4)
    expect(await exitOf(command)).toBe(0)
    expect(lstatSync(join(cwd, 'app.sock')).ino).toBe(file)
    const status = tsgi(['status', ...SOCKET], { cwd })
    expect((await status.exit()).code).toBe(0)
    expect(status.stdout).toContain(`master ${master}, up`)
    expect((await tsgi(['stop', ...SOCKET], { cwd }).exit()).code).toBe(0)
    await expect.poll(() => isGone(master), { timeout: 10_000 }).toBe(true)
    for (const left of ['app.sock', 'pid', 'tsgi.ctl']) expect(existsSync(join(cwd, left))).toBe(false)
  }, 60_000)

  it('takes what a reload cannot change; tsgi upgrade waits for it', async () => {
    const config = (umask: string) => `export default { umask: '${umask}' }`
    const cwd = folderWith({
      'app.mjs': version('v').replace('process.ppid', 'process.umask().toString(8)'),
      'tsgi.config.mjs': config('27'),
    })
    const command = await start(cwd)
    expect((await ask(command.url)).text).toBe('v 27')
    writeFileSync(join(cwd, 'tsgi.config.mjs'), config('77'))
    const upgrade = tsgi(['upgrade', ...SOCKET], { cwd })
    expect((await upgrade.exit()).code).toBe(0)
    expect(upgrade.stdout).toMatch(/^upgraded: master \d+ serves\n$/)
    await upgraded(cwd, command.child.pid ?? 0)
    expect(await exitOf(command)).toBe(0)
    expect((await ask(command.url)).text).toBe('v 77')
  })

  it('that fails changes nothing, and says why', async () => {
    const cwd = folderWith({ 'app.mjs': version('good') })
    const command = await start(cwd)
    writeFileSync(join(cwd, 'app.mjs'), 'throw new Error("no database")')
    const upgrade = tsgi(['upgrade', ...SOCKET], { cwd })
    expect((await upgrade.exit()).code).toBe(1)
    expect(upgrade.stderr).toMatch(/^not upgraded, all stays as it was: the new master failed: it ended with code 2\n$/)
    expect(command.stderr).toContain('tsgi: cannot load app.mjs: Error: no database')
    writeFileSync(join(cwd, 'tsgi.config.mjs'), 'export default { workers: "many" }')
    command.signal('SIGUSR2')
    await command.printed(/not upgraded, all stays as it was: the new master failed: it ended with code 2/, 2)
    expect(masterOf(cwd)).toBe(command.child.pid)
    expect((await ask(command.url)).text).toBe(`good ${command.child.pid}`)
    expect((await ask({ socketPath: join(cwd, 'app.sock'), agent: false })).text).toBe(`good ${command.child.pid}`)
    command.signal('SIGTERM')
    expect(await command.exit()).toEqual({ code: 0, signal: null })
  })

  it('refuses a second one and a reload meanwhile; a stop ends both masters', async () => {
    const slow = "import { setTimeout } from 'node:timers/promises'\nif (process.env.SLOW) await setTimeout(60_000)\n"
    const cwd = folderWith({ 'app.mjs': version('v'), 'tsgi.config.mjs': 'export default {}' })
    const command = await start(cwd)
    writeFileSync(join(cwd, 'app.mjs'), slow.replace('process.env.SLOW', 'true') + version('w'))
    command.signal('SIGUSR2')
    await command.printed(/worker \d+ starts/, 2)
    command.signal('SIGUSR2')
    await command.printed(/not upgraded: an upgrade is under way/)
    command.signal('SIGHUP')
    await command.printed(/not reloaded: an upgrade is under way/)
    expect((await ask(command.url)).text).toBe(`v ${command.child.pid}`)
    const [, newWorker] = await command.printed(/worker (\d+) starts/, 2)
    command.signal('SIGTERM')
    expect(await command.exit()).toEqual({ code: 0, signal: null })
    await expect.poll(() => isGone(Number(newWorker)), { timeout: 10_000 }).toBe(true)
  })

  it('tells systemd which process is the main one', async () => {
    const cwd = folderWith({ 'app.mjs': version('v') })
    const notices = join(cwd, 'notices')
    writeFileSync(join(cwd, 'systemd-notify'), `#!/bin/sh\necho "$@" >> ${notices}\n`, { mode: 0o755 })
    const env = { NOTIFY_SOCKET: '/run/notify', PATH: `${cwd}:${process.env.PATH}` }
    const command = await start(cwd, [], env)
    const old = command.child.pid ?? 0
    await expect.poll(() => existsSync(notices)).toBe(true)
    command.signal('SIGUSR2')
    const next = await upgraded(cwd, old)
    expect(await exitOf(command)).toBe(0)
    await expect
      .poll(() => readFileSync(notices, 'utf8').trim().split('\n'))
      .toEqual([
        `--pid=${old} READY=1 STATUS=Serving`,
        expect.stringMatching(`^--pid=${old} RELOADING=1 MONOTONIC_USEC=\\d+$`),
        `--pid=${old} MAINPID=${next} READY=1 STATUS=Serving`,
        `--pid=${next} READY=1 STATUS=Serving`,
      ])
  })
})
