/** What must not end the master, or hang it: the file system, a worker's message, an application, a reader that leaves. */
import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask, COMMAND, type Command, endCommandsAfterEach, folderWith, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const isRoot = process.getuid?.() === 0
const APP = `export const application = (environ, startResponse) => {
  startResponse('200 OK', [])
  return 'fine'
}`
const FREE = ['--bind', '127.0.0.1:0', '--control-socket', 'off']

async function expectAlive(command: Command, url = command.url): Promise<void> {
  expect(await ask(url)).toMatchObject({ status: 200 })
  command.signal('SIGTERM')
  expect(await command.exit()).toEqual({ code: 0, signal: null })
}

describe('the folder of a unix socket', () => {
  const lost = /the file of a unix socket was deleted or replaced/
  it.each([
    ['is replaced by a file', lost, (folder: string) => writeFileSync(folder, '')],
    ['becomes a loop of links', lost, (folder: string) => symlinkSync(folder, folder)],
    ['is removed', lost, () => undefined],
    ['is replaced by another folder', lost, (folder: string) => mkdirSync(folder)],
  ])('that %s is one line; other sockets serve on', async (_name, line, replace) => {
    const cwd = folderWith({ 'app.ts': APP })
    const folder = join(cwd, 'run')
    mkdirSync(folder)
    const command = await serving(['app.ts', '--bind', `unix:${join(folder, 'a.sock')}`, ...FREE], { cwd })
    rmSync(folder, { recursive: true })
    replace(folder)
    await command.printed(line)
    const url = command.urls.find((address) => address.startsWith('http')) ?? ''
    await expectAlive(command, url)
    expect(command.output.match(new RegExp(line, 'g'))).toHaveLength(1)
  })

  it.runIf(isRoot)('that is closed to the server is one line; it serves on and ends cleanly (as root)', async () => {
    const cwd = folderWith({ 'app.ts': APP })
    const [run, ids] = [join(cwd, 'run'), join(cwd, 'ids')]
    for (const folder of [run, ids]) {
      mkdirSync(folder)
      chmodSync(folder, 0o777)
      chownSync(folder, 65_534, 65_534)
    }
    const words = ['app.ts', '--bind', `unix:${join(run, 'a.sock')}`, '--bind', '127.0.0.1:0']
    const own = ['--pid', join(ids, 'pid'), '--control-socket', join(run, 'c.ctl')]
    // Root that the permission bits bind as they bind every user.
    const through = ['setpriv', '--bounding-set=-dac_override,-dac_read_search']
    const command = await serving([...words, ...own], { cwd, through })
    chmodSync(run, 0o700)
    chmodSync(ids, 0o755)
    await command.printed(/the folder of a unix socket cannot be searched any more/)
    await expectAlive(command, command.urls.find((address) => address.startsWith('http')) ?? '')
    expect(command.output).toMatch(/\[WARNING\] --pid \S+ stays behind: EACCES/)
  })

  it.each([
    ['a file', 'the folder \\S+ does not exist|is not a folder', (folder: string) => writeFileSync(folder, '')],
    ['a loop', 'is a loop of symbolic links', (folder: string) => symlinkSync(folder, folder)],
    ['missing', 'the folder \\S+ does not exist', () => undefined],
  ])('that is %s at the start is one line and exit code 2', async (_name, reason, make) => {
    const cwd = folderWith({ 'app.ts': APP })
    make(join(cwd, 'run'))
    const command = tsgi(['serve', 'app.ts', '--bind', `unix:${join(cwd, 'run/a.sock')}`], { cwd })
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toMatch(new RegExp(`^tsgi: cannot listen on unix:\\S+a\\.sock: .*(${reason})[^\\n]*\\n$`))
  })
})

describe('an application that believes in a parent process', () => {
  const speaking = (words: string) => `
const say = ${words}
say()
export const application = (environ, startResponse) => {
  if (environ.PATH_INFO === '/say') say()
  startResponse('200 OK', [])
  return JSON.stringify([typeof process.send, process.listenerCount('message'), process.argv.slice(2)])
}`

  it.each([
    '() => process.send?.({ type: "ready", port: 8000 })',
    '() => process.send?.({ type: "failed", reason: "no" })',
    '() => process.send?.(null)',
    '() => process.send?.("ready")',
    '() => process.disconnect?.()',
    '() => process.on("message", (message) => { console.log("HEARD", message); process.exit(3) })',
    '() => process.on("disconnect", () => process.exit(3))',
    '() => { process.removeAllListeners("message"); process.removeAllListeners("disconnect") }',
    '() => process.channel?.unref()',
  ])('%s changes nothing', async (words) => {
    const cwd = folderWith({ 'app.mjs': speaking(words) })
    const command = await serving(['app.mjs', ...FREE], { cwd })
    for (let times = 0; times < 2; times++) await ask(`${command.url}/say`)
    expect(JSON.parse((await ask(command.url)).text)).toMatchObject(['undefined', expect.any(Number), []])
    command.signal('SIGHUP')
    await command.printed(/reloaded: 1 new worker serves/)
    expect(command.workers).toHaveLength(2)
    expect(command.output).not.toMatch(/HEARD|replaced|the master/)
    await expectAlive(command)
  })

  it('that writes messages of ours to the channel harms at most its worker', async () => {
    const cwd = folderWith({
      'app.mjs': `
const wrong = [null, 7, {}, { type: 'ready' }, { type: 'spent' }, { type: 'counted', measures: {} }, { type: 'toString' },
  { type: 'failed', message: 1 }, { type: 'changed', file: null, at: 'x' }, { type: 'pass' }, { type: 'metrics' }]
export const application = (environ, startResponse) => {
  for (const message of wrong) process._send({ cmd: 'NODE_TSGI', message }, undefined, {}, () => {})
  startResponse('200 OK', [])
  return 'sent'
}`,
    })
    const command = await serving(['app.mjs', ...FREE], { cwd })
    expect((await ask(command.url)).text).toBe('sent')
    expect((await ask(command.url)).text).toBe('sent')
    expect(command.workers).toHaveLength(1)
    await expectAlive(command)
  })
})

it('a worker leaves when its master was killed, whatever the application did to the channel', async () => {
  const cwd = folderWith({ 'app.mjs': `process.disconnect?.()\n${APP}` })
  const command = await serving(['app.mjs', ...FREE], { cwd })
  const worker = await command.worker(0)
  command.signal('SIGKILL')
  await expect.poll(() => existsSync(`/proc/${worker}`), { timeout: 5000 }).toBe(false)
})

it('a worker leaves when its master was killed before the worker ran a line', async () => {
  const cwd = folderWith({
    'app.mjs': APP,
    // The worker begins a while after its master has gone, with the order to start in its channel.
    'late.cjs': `if (process.argv.includes('worker')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)`,
  })
  const command = tsgi(['serve', 'app.mjs', ...FREE], {
    cwd,
    env: { NODE_OPTIONS: `--require ${join(cwd, 'late.cjs')}` },
  })
  const [, worker] = await command.printed(/worker (\d+) starts/)
  command.child.kill('SIGKILL')
  await expect.poll(() => existsSync(`/proc/${worker}`), { timeout: 10_000 }).toBe(false)
})

describe('a FIFO as log', () => {
  it('needs no reader: the server starts, takes signals, and the reader gets the lines when it comes', async () => {
    const cwd = folderWith({ 'app.ts': APP })
    const fifo = join(cwd, 'access.fifo')
    execFileSync('mkfifo', [fifo])
    const command = await serving(['app.ts', ...FREE, '--access-logfile', 'access.fifo'], { cwd })
    await ask(command.url)
    command.signal('SIGUSR1')
    await command.printed(/SIGUSR1: reopen logs/)
    command.signal('SIGHUP')
    await command.printed(/reloaded: 1 new worker serves/)
    const reader = spawn('head', ['-n', '1', fifo], { stdio: ['ignore', 'pipe', 'ignore'] })
    let line = ''
    reader.stdout.on('data', (bytes) => {
      line += bytes
    })
    await ask(`${command.url}/again`)
    await expect.poll(() => line).toMatch(/"GET \/(again)? HTTP\/1\.1" 200/)
    await expectAlive(command)
  })

  it('does not end a reader that is there when the server starts', async () => {
    const cwd = folderWith({ 'app.ts': APP })
    const fifo = join(cwd, 'error.fifo')
    execFileSync('mkfifo', [fifo])
    const reader = spawn('cat', [fifo], { stdio: ['ignore', 'pipe', 'ignore'] })
    let text = ''
    reader.stdout.on('data', (bytes) => {
      text += bytes
    })
    const command = await serving(['app.ts', ...FREE, '--error-logfile', fifo], { cwd })
    await expect.poll(() => text).toMatch(/worker \d+ is ready/)
    expect(reader.exitCode).toBeNull()
    await expectAlive(command)
  })
})

describe('log paths', () => {
  it('do not follow the application that changes its directory', async () => {
    const cwd = folderWith({ 'app.mjs': `process.chdir('/')\n${APP}` })
    const command = await serving(['app.mjs', ...FREE, '--access-logfile', 'rel.log'], { cwd })
    command.signal('SIGUSR1')
    await command.printed(/SIGUSR1: reopen logs/)
    await ask(command.url)
    await expect.poll(() => readFileSync(join(cwd, 'rel.log'), 'utf8')).toContain('"GET / HTTP/1.1" 200')
    await expectAlive(command)
  })

  it('go with a release that is switched by a link, after the old one was removed', async () => {
    const base = folderWith()
    for (const release of ['one', 'two']) {
      mkdirSync(join(base, release, 'log'), { recursive: true })
      writeFileSync(join(base, release, 'app.mjs'), APP.replace('fine', release))
    }
    symlinkSync('one', join(base, 'current'))
    const words = ['app.mjs', ...FREE, '--access-logfile', 'log/a.log', '--error-logfile', 'log/e.log']
    const command = await serving([...words, '--chdir', join(base, 'current')], { cwd: base })
    expect((await ask(command.url)).text).toBe('one')
    symlinkSync('two', join(base, 'next'))
    renameSync(join(base, 'next'), join(base, 'current'))
    rmSync(join(base, 'one'), { recursive: true })
    for (let times = 0; times < 2; times++) {
      command.signal('SIGUSR1')
      command.signal('SIGHUP')
    }
    await expect.poll(async () => (await ask(command.url)).text, { timeout: 10_000 }).toBe('two')
    await expect.poll(() => readFileSync(join(base, 'two/log/a.log'), 'utf8')).toContain('"GET / HTTP/1.1" 200')
    command.signal('SIGTERM')
    expect((await command.exit()).code).toBe(0)
  })

  it.runIf(isRoot)('of the root master do not lead through a link that another user made (as root)', async () => {
    const cwd = folderWith({ 'app.ts': APP })
    chmodSync(cwd, 0o755)
    const logs = join(cwd, 'logs')
    mkdirSync(logs)
    chownSync(logs, 65_534, 65_534)
    const [log, precious] = [join(logs, 'err.log'), join(cwd, 'precious')]
    const words = ['app.ts', ...FREE, '--user', 'nobody', '--error-logfile', log]
    const command = await serving(words, { cwd })
    renameSync(log, `${log}.1`)
    symlinkSync(precious, log)
    command.signal('SIGUSR1')
    await expect.poll(() => readFileSync(`${log}.1`, 'utf8')).toMatch(/cannot reopen|it is a symbolic link/)
    command.signal('SIGTTIN')
    await expect.poll(() => readFileSync(`${log}.1`, 'utf8')).toContain('2 workers wanted')
    expect(existsSync(precious)).toBe(false)
    command.signal('SIGTERM')
    expect((await command.exit()).code).toBe(0)
  })

  it('/dev/stdout where standard output is a socket says what to write instead', async () => {
    const cwd = folderWith({ 'app.ts': APP })
    const words = [COMMAND, 'serve', 'app.ts', ...FREE, '--access-logfile', '/dev/stdout']
    // A child of Node has a socket as its standard output.
    const child = spawn(process.execPath, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    child.stderr.on('data', (bytes) => {
      text += bytes
    })
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect(text).toMatch(/^tsgi: --access-logfile \/dev\/stdout: it leads to a socket, which cannot be opened; use -/)
    expect(code).toBe(2)
  })
})

describe('a reader of the output that leaves', () => {
  const shell = (script: string, cwd: string) =>
    execFileSync('bash', ['-c', `set -o pipefail; ${script}`], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })

  it.each([
    `"$NODE" ${COMMAND} --help 2>err | true; cat err`,
    `"$NODE" ${COMMAND} call app.ts / 2>err | head -c 1 >/dev/null; cat err`,
    `"$NODE" ${COMMAND} routes app.ts 2>err | true; grep -v 'has no table\\|cannot\\|^tsgi:' err || true`,
  ])('gets no stack: %s', (script) => {
    const cwd = folderWith({ 'app.ts': APP.replace("'fine'", "'x'.repeat(1e6)") })
    expect(shell(`NODE=${process.execPath}; ${script}`, cwd)).toBe('')
  })

  it('does not end the server, nor a worker that prints', async () => {
    const cwd = folderWith({ 'app.ts': APP.replace("return '", "process.stdout.write('x')\n  return '") })
    const command = await serving(['app.ts', ...FREE], { cwd })
    command.child.stdout?.destroy()
    for (let times = 0; times < 3; times++) expect((await ask(command.url)).text).toBe('fine')
    command.signal('SIGHUP')
    await command.printed(/reloaded: 1 new worker serves/)
    expect(command.workers).toHaveLength(2)
    await expectAlive(command)
  })

  it('before the server says where it listens does not end it', async () => {
    const cwd = folderWith({ 'app.ts': APP })
    const command = tsgi(['serve', 'app.ts', ...FREE], { cwd })
    command.child.stdout?.destroy()
    await command.printed(/worker \d+ is ready/)
    command.signal('SIGHUP')
    await command.printed(/reloaded: 1 new worker serves/)
    command.signal('SIGTERM')
    expect((await command.exit()).code).toBe(0)
  })
})

describe('the pid file', () => {
  it('that names a process which is no server is taken over', async () => {
    const other = spawn('sleep', ['60'])
    try {
      const cwd = folderWith({ 'app.ts': APP, pid: `${other.pid}\n` })
      const command = await serving(['app.ts', ...FREE, '--pid', 'pid'], { cwd })
      expect(readFileSync(join(cwd, 'pid'), 'utf8')).toBe(`${command.child.pid}\n`)
      await expectAlive(command)
    } finally {
      other.kill()
    }
  })

  it('that names a server which runs is refused, and says that it may be stale', async () => {
    const cwd = folderWith({ 'app.ts': APP })
    await serving(['app.ts', ...FREE, '--pid', 'pid'], { cwd })
    const second = tsgi(['serve', 'app.ts', ...FREE, '--pid', 'pid'], { cwd })
    expect((await second.exit()).code).toBe(2)
    expect(second.stderr).toMatch(
      /it names process \d+, which runs; stop that server, or remove the file if it is stale/,
    )
  })
})

it('an empty list of addresses is refused, at the start and at a reload', async () => {
  const config = (bind: string) => `export default { bind: ${bind}, controlSocket: 'off' }`
  const cwd = folderWith({ 'app.ts': APP, 'tsgi.config.ts': config("['127.0.0.1:0']") })
  const command = await serving(['app.ts'], { cwd })
  writeFileSync(join(cwd, 'tsgi.config.ts'), config('[]'))
  command.signal('SIGHUP')
  await command.printed(/not reloaded, all stays as it was: bind in tsgi\.config\.ts: must name at least one/)
  const other = tsgi(['serve', 'app.ts'], { cwd })
  expect((await other.exit()).code).toBe(2)
  await expectAlive(command)
})

it.runIf(isRoot)('--check-config loads the application as the user that workers run as (as root)', async () => {
  const cwd = folderWith({ 'app.ts': `console.log('loaded as', process.getuid?.())\n${APP}` })
  chmodSync(cwd, 0o755)
  const command = tsgi(['serve', 'app.ts', '--user', 'nobody', '--check-config'], { cwd })
  expect((await command.exit()).code).toBe(0)
  expect(command.stdout).toContain('loaded as 65534')
})

it('a worker that ends before it runs a line of ours is one line and exit code 2', async () => {
  const cwd = folderWith({ 'app.ts': APP, 'broken.cjs': 'if (process.argv.includes("worker")) process.exit(9)' })
  const command = tsgi(['serve', 'app.ts', ...FREE], {
    cwd,
    env: { NODE_OPTIONS: `--require ${join(cwd, 'broken.cjs')}` },
  })
  expect((await command.exit()).code).toBe(2)
  expect(command.stderr).toContain('tsgi: cannot load app.ts: the first worker ended with code 9 while loading it\n')
  expect(statSync(cwd).isDirectory()).toBe(true)
})
