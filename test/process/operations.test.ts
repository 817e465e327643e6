/** What an operator has around the server: configuration from three places, logs, accounts, systemd. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask, endCommandsAfterEach, folderWith, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const APP = `
export const application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return JSON.stringify({ uid: process.getuid(), gid: process.getgid(), groups: process.getgroups(), umask: process.umask(), env: Object.keys(process.env) })
}`
const FREE = ['--bind', '127.0.0.1:0']

describe('configuration', () => {
  const CONFIG = `import { defineConfig } from '@tsgi/server'
export default defineConfig({ bind: ['127.0.0.1:0'], workers: 2, keepAlive: 7, socketMode: 0o640 })`
  // A file in the workspace finds the package as an application's own would.
  const plain = CONFIG.replace(/^import.*\n/, '').replace('defineConfig', '')

  it('comes from flag over variable over file over default, which --print-config shows', async () => {
    const cwd = folderWith({ 'app.ts': APP, 'tsgi.config.ts': plain })
    const command = tsgi(['serve', 'app.ts', '--keep-alive', '9', '--print-config'], {
      cwd,
      env: { TSGI_WORKERS: '3' },
    })
    expect((await command.exit()).code).toBe(0)
    expect(command.stdout).toMatch(/^keep-alive +\s*= 9 {2}\(--keep-alive\)$/m)
    expect(command.stdout).toMatch(/^workers +\s*= 3 {2}\(TSGI_WORKERS\)$/m)
    expect(command.stdout).toMatch(/^socket-mode +\s*= 640 {2}\(socketMode in tsgi\.config\.ts\)$/m)
    expect(command.stdout).toMatch(/^backlog +\s*= 2048 {2}\(default\)$/m)
  })

  it('is read from a file and served by', async () => {
    const command = await serving(['app.ts'], { cwd: folderWith({ 'app.ts': APP, 'tsgi.config.ts': plain }) })
    expect(command.stdout).toContain('(2 workers)')
  })

  it.each<[string, string, RegExp]>([
    [
      'a misspelt option',
      'export default { worker: 2 }',
      /tsgi\.config\.ts: unknown option worker; did you mean workers\?/,
    ],
    ['a bad value', 'export default { workers: "x" }', /workers in tsgi\.config\.ts x: must be a whole number/],
    [
      'a value that is no value',
      'export default { workers: {} }',
      /workers in tsgi\.config\.ts: must be a plain value/,
    ],
    ['no default export', 'export const workers = 2', /tsgi\.config\.ts: export the options as default/],
    ['an error of its own', 'throw new Error("oops")', /cannot load tsgi\.config\.ts: Error: oops/],
  ])('in a file with %s is one line and exit code 2', async (_name, text, message) => {
    const command = tsgi(['serve', 'app.ts'], { cwd: folderWith({ 'app.ts': APP, 'tsgi.config.ts': text }) })
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toMatch(message)
  })

  it('is checked with all that it names by --check-config', async () => {
    const cwd = folderWith({ 'app.ts': APP })
    const check = async (...words: string[]) => {
      const command = tsgi(['serve', ...words, '--check-config'], { cwd })
      return { code: (await command.exit()).code, text: command.output }
    }
    expect(await Promise.all([check('app.ts'), check('app.ts:none'), check('app.ts', '--certfile', 'app.ts')])).toEqual(
      [
        { code: 0, text: 'app.ts loads, and the configuration is good\n' },
        { code: 2, text: expect.stringContaining('no callable "none"') },
        { code: 2, text: expect.stringContaining('--certfile app.ts with --keyfile app.ts will not do') },
      ],
    )
    expect(await Promise.all([check('app.ts', '--user', 'no-one'), check('app.ts', '--error-logfile', 'a/b')])).toEqual(
      [
        { code: 2, text: expect.stringContaining('--user no-one: there is no such user') },
        { code: 2, text: expect.stringContaining('--error-logfile a/b: ENOENT') },
      ],
    )
  })

  it('a misspelt variable is refused', async () => {
    const command = tsgi(['serve', 'app.ts'], { cwd: folderWith({ 'app.ts': APP }), env: { TSGI_WORKER: '2' } })
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toBe('tsgi: unknown variable TSGI_WORKER; did you mean TSGI_WORKERS?\n')
  })
})

describe('the access log', () => {
  it('is combined, one line per request, and survives injection (G-01)', async () => {
    const command = await serving(['app.ts', ...FREE, '--access-logfile', '-'], { cwd: folderWith({ 'app.ts': APP }) })
    await ask(`${command.url}/%0a?q=1`, { headers: { 'user-agent': 'a"b\\c\xe9', referer: 'http://x/' } })
    const [line] = await command.printed(/^127\.0\.0\.1.*$/m)
    expect(line).toMatch(
      /^127\.0\.0\.1 - - \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/%0a\?q=1 HTTP\/1\.1" 200 \d+ "http:\/\/x\/" "a\\x22b\\x5Cc\\xE9"$/,
    )
  })

  it('is JSON on demand, and then nothing else is on standard output', async () => {
    const words = ['app.ts', ...FREE, '--access-logfile', '-', '--access-log-format', 'json']
    const command = await serving(words, { cwd: folderWith({ 'app.ts': APP }) })
    await ask(`${command.url}/a`)
    await command.printed(/"target":"\/a"/)
    command.signal('SIGTERM')
    await command.exit()
    const record: unknown = JSON.parse(command.stdout)
    expect(record).toMatchObject({ method: 'GET', target: '/a', status: 200, remote_addr: '127.0.0.1' })
  })

  it('is opened again on USR1, after a rotation (G-03)', async () => {
    const cwd = folderWith({ 'app.ts': APP })
    const command = await serving(['app.ts', ...FREE, '--access-logfile', 'access.log'], { cwd })
    await ask(`${command.url}/before`)
    renameSync(join(cwd, 'access.log'), join(cwd, 'access.log.1'))
    command.signal('SIGUSR1')
    await until(() => existsSync(join(cwd, 'access.log')))
    await ask(`${command.url}/after`)
    command.signal('SIGTERM')
    await command.exit()
    expect(readFileSync(join(cwd, 'access.log.1'), 'utf8')).toMatch(/\/before/)
    expect(readFileSync(join(cwd, 'access.log'), 'utf8')).toMatch(/^\S+ .*\/after.*\n$/)
  })

  it('on a full disk is told once, and requests are answered (G-03)', async () => {
    const command = await serving(['app.ts', ...FREE, '--access-logfile', '/dev/full'], {
      cwd: folderWith({ 'app.ts': APP }),
    })
    for (let request = 0; request < 5; request++) expect((await ask(command.url)).status).toBe(200)
    await command.printed(/cannot write to \/dev\/full: ENOSPC/)
    expect((await ask(command.url)).status).toBe(200)
  })
})

describe('the error log', () => {
  it('on a full disk is told once, on standard error, and requests are answered', async () => {
    const command = await serving(['app.ts', ...FREE, '--error-logfile', '/dev/full'], {
      cwd: folderWith({ 'app.ts': APP }),
    })
    expect((await ask(command.url)).status).toBe(200)
    command.signal('SIGTERM')
    expect((await command.exit()).code).toBe(0)
    expect(command.stderr).toMatch(/^(tsgi: cannot write to \/dev\/full: ENOSPC; trying again\n)+$/)
  })
})

const NAMESPACE = ['unshare', '--pid', '--fork', '--mount-proc']

describe.runIf(spawnSync('unshare', [...NAMESPACE.slice(1), 'true']).status === 0)(
  'as process 1, as in a container (only where a namespace can be made)',
  () => {
    it('replaces a killed worker, leaves no zombie, and obeys SIGTERM', async () => {
      const command = await serving(['app.ts', ...FREE], { cwd: folderWith({ 'app.ts': APP }), through: NAMESPACE })
      const [master = 0] = childrenOf(command.child.pid ?? 0)
      const [worker = 0] = childrenOf(master)
      process.kill(worker, 'SIGKILL')
      await command.printed(/is ready/, 2)
      expect(childrenOf(master)).toHaveLength(1)
      expect((await ask(command.url)).status).toBe(200)
      process.kill(master, 'SIGTERM')
      expect(await command.exit()).toEqual({ code: 0, signal: null })
      expect(command.stderr).toContain('[1] [INFO] stopped')
    })
  },
)

/** Ids, as this process sees them. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}

describe('a deleted unix socket', () => {
  it('is told once, and made anew by a reload', async () => {
    const cwd = folderWith({ 'app.ts': APP })
    const command = await serving(['app.ts', '--bind', 'unix:app.sock'], { cwd })
    rmSync(join(cwd, 'app.sock'))
    await command.printed(/the file of a unix socket was deleted or replaced; SIGHUP makes it again/)
    command.signal('SIGHUP')
    await command.printed(/reloaded/)
    expect((await ask({ socketPath: join(cwd, 'app.sock') })).status).toBe(200)
  })
})

describe('a low limit on open files (L-11)', () => {
  it('lowers the cap on connections, says so, and is survived by many more clients than fit', async () => {
    const command = await serving(['app.ts', ...FREE], {
      cwd: folderWith({ 'app.ts': APP }),
      through: ['sh', '-c', 'ulimit -n 80 && exec "$@"', 'sh'],
    })
    expect(
      (await command.printed(/80 open files are allowed \(ulimit -n\): (\d+) connections instead of 1000/))[1],
    ).toBeDefined()
    const sockets = Array.from({ length: 200 }, () => net.connect(command.port, '127.0.0.1').on('error', () => {}))
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))),
    )
    for (const socket of sockets) socket.destroy()
    // The worker may meet the next client before it has seen that the others left: then there is no room yet.
    const answer = async () => (await ask(command.url).catch(() => undefined))?.status === 200
    while (!(await answer()));
    expect(command.workers).toHaveLength(1)
  })

  it('that the application uses up is said in one line, and a fresh worker takes over', async () => {
    const hoarder = `
import { openSync } from 'node:fs'
const held = []
export const application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  try {
    while (environ.PATH_INFO === '/hoard') held.push(openSync('/dev/null'))
  } catch {}
  return 'pid=' + process.pid
}`
    const command = await serving(['app.ts', ...FREE, '--keep-alive', '1'], {
      cwd: folderWith({ 'app.ts': hoarder }),
      through: ['sh', '-c', 'ulimit -n 80 && exec "$@"', 'sh'],
    })
    const agent = new http.Agent({ keepAlive: true })
    const first = await ask(`${command.url}/hoard`, { agent })
    await command.printed(/ERROR\] \d of 80 open files \(ulimit -n\) are left: new connections may be dropped/)
    await command.printed(/is replaced: it runs out of open files/)
    const second = await command.worker(1)
    await command.printed(/has left/)
    expect(first.text).toBe(`pid=${command.workers[0]}`)
    expect((await ask(command.url)).text).toBe(`pid=${second}`)
    agent.destroy()
  })
})

describe.runIf(process.getuid?.() === 0)('accounts (only tested as root)', () => {
  it('workers give up root, for good, before the application is loaded (M-07)', async () => {
    const cwd = folderWith({ 'app.ts': APP })
    chmodSync(cwd, 0o755)
    const words = [
      'app.ts',
      ...FREE,
      '--bind',
      'unix:app.sock',
      '--user',
      'nobody',
      '--umask',
      '027',
      '--access-logfile',
      'a.log',
    ]
    const command = await serving(words, { cwd })
    const seen: { uid: number; gid: number; groups: number[]; umask: number } = JSON.parse(
      (await ask(command.url)).text,
    )
    expect(seen).toMatchObject({ uid: 65534, gid: 65534, groups: [65534], umask: 0o027 })
    expect(lstatSync(join(cwd, 'app.sock')).uid).toBe(65534)
    expect(lstatSync(join(cwd, 'a.log')).uid).toBe(65534)
  })

  it('workers open their logs again after a rotation in a folder that is not theirs (G-03)', async () => {
    const cwd = folderWith({ 'app.ts': APP })
    chmodSync(cwd, 0o755)
    const logs = ['--access-logfile', 'a.log', '--error-logfile', 'e.log']
    const command = await serving(['app.ts', ...FREE, '--user', 'nobody', ...logs], { cwd })
    for (const name of ['a.log', 'e.log']) renameSync(join(cwd, name), join(cwd, `${name}.1`))
    command.signal('SIGUSR1')
    await until(() => lstatSync(join(cwd, 'e.log'), { throwIfNoEntry: false })?.uid === 65534)
    const text = () => readFileSync(join(cwd, 'a.log'), 'utf8')
    // A worker opens it a moment later than the master makes it.
    while (!text().includes('GET /after')) await ask(`${command.url}/after`)
    expect(readFileSync(join(cwd, 'e.log.1'), 'utf8')).not.toContain('cannot reopen')
  })

  it.each([
    ['--user', 'nobody-at-all', /--user nobody-at-all: there is no such user/],
    ['--group', 'nobody-at-all', /--group nobody-at-all: there is no such group/],
    ['--user', '4242', /--user 4242: nothing tells its group, and root's would stay; say --group too/],
  ])('%s %s is refused', async (flag, name, message) => {
    const command = tsgi(['serve', 'app.ts', flag, name], { cwd: folderWith({ 'app.ts': APP }) })
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toMatch(message)
  })
})

describe('the pid file', () => {
  it('names the master while it runs', async () => {
    const cwd = folderWith({ 'app.ts': APP })
    const command = await serving(['app.ts', ...FREE, '--pid', 'tsgi.pid'], { cwd })
    expect(readFileSync(join(cwd, 'tsgi.pid'), 'utf8')).toBe(`${command.child.pid}\n`)
    const second = tsgi(['serve', 'app.ts', ...FREE, '--pid', 'tsgi.pid'], { cwd })
    expect((await second.exit()).code).toBe(2)
    expect(second.stderr).toMatch(/--pid tsgi\.pid: it names process \d+, which runs/)
    command.signal('SIGTERM')
    await command.exit()
    expect(existsSync(join(cwd, 'tsgi.pid'))).toBe(false)
  })

  it('of a server that died is taken over', async () => {
    const cwd = folderWith({ 'app.ts': APP, 'tsgi.pid': '4194305\n' })
    await serving(['app.ts', ...FREE, '--pid', 'tsgi.pid'], { cwd })
  })
})

describe('systemd', () => {
  it('hands over its sockets, and is told how the service is (LISTEN_FDS, sd_notify)', async () => {
    const held = net.createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => held.once('listening', resolve))
    const fd = Number(Reflect.get(Object(Reflect.get(held, '_handle')), 'fd'))
    const cwd = folderWith({ 'app.ts': APP })
    mkdirSync(join(cwd, 'bin'))
    writeFileSync(join(cwd, 'bin/systemd-notify'), `#!/bin/sh\necho "$NOTIFY_SOCKET $@" >> ${cwd}/notices\n`, {
      mode: 0o755,
    })
    // LISTEN_PID must be the id of the very process: a shell that becomes it knows.
    const command = await serving(['app.ts', '--bind', '127.0.0.1:1'], {
      cwd,
      env: {
        LISTEN_FDS: '1',
        NOTIFY_SOCKET: '/run/notify',
        WATCHDOG_USEC: '3600000000',
        PATH: `${join(cwd, 'bin')}:${process.env.PATH}`,
      },
      stdio: ['ignore', 'pipe', 'pipe', fd],
      through: ['sh', '-c', 'LISTEN_PID=$$ exec "$@"', 'sh'],
    })
    held.close()
    const { env } = JSON.parse((await ask(command.url)).text)
    for (const name of ['LISTEN_FDS', 'NOTIFY_SOCKET', 'WATCHDOG_USEC']) expect(env).not.toContain(name)
    command.signal('SIGHUP')
    await command.printed(/reloaded: 1 new worker serves/)
    expect((await ask(command.url)).status).toBe(200)
    command.signal('SIGTERM')
    await command.exit()
    const notices = readFileSync(join(cwd, 'notices'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.replace(`/run/notify --pid=${command.child.pid} `, '').replace(/\d{6,}/, 'TIME'))
    expect(notices).toEqual([
      'READY=1 STATUS=Serving',
      'RELOADING=1 MONOTONIC_USEC=TIME',
      'READY=1 STATUS=Serving',
      'STOPPING=1',
    ])
  })
})

/** Resolves when the condition holds, looked at often. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}
