/** `tsgi serve` as an operator uses it: where it listens, what it serves, how it ends, what it says about mistakes. */
import { once } from 'node:events'
import { existsSync, linkSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask, endCommandsAfterEach, folderWith, ROOT, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const HELLO = `
export const application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return \`hello from \${process.pid} at \${environ.PATH_INFO}, \${environ['wsgi.multiprocess']}\`
}
export const other = (environ, startResponse) => {
  startResponse('200 OK', [])
  return 'other'
}
export function create_app(name = 'nobody', times = 1) {
  return (environ, startResponse) => {
    startResponse('200 OK', [])
    return name.repeat(times)
  }
}
export const text = 'no callable'
`
const folder = () => folderWith({ 'app.ts': HELLO })
const FREE = ['--bind', '127.0.0.1:0']

describe('tsgi serve', () => {
  it('serves the example of the README and prints the port it chose', async () => {
    const command = await serving(['examples/environ/app.ts:application', ...FREE, '--workers', '1'])
    expect(command.stdout).toMatch(
      /^examples\/environ\/app\.ts:application is a contract application\nListening at http:\/\/127\.0\.0\.1:\d+ \(1 worker\)\n/,
    )
    const answer = await ask(`${command.url}/a/b?c=d`)
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('PATH_INFO = "/a/b"')
  })

  it.each([
    ['app.ts', 'hello from'],
    ['./app.ts:application', 'hello from'],
    ['app', 'hello from'],
    ['app:other', 'other'],
    ['app.ts:create_app()', 'nobody'],
    ['app.ts:create_app("ab", 3)', 'ababab'],
  ])('finds what %s names', async (target, text) => {
    const command = await serving([target, ...FREE], { cwd: folder() })
    expect((await ask(command.url)).text).toContain(text)
  })

  it('looks for the application in --chdir', async () => {
    const command = await serving(['app.ts', ...FREE, '--chdir', folder()])
    expect((await ask(command.url)).text).toContain('hello')
  })

  it('spreads requests over its workers, and says so in the environ', async () => {
    const command = await serving(['app.ts', ...FREE, '--workers', '2'], { cwd: folder() })
    const seen = new Set<string>()
    for (let round = 0; seen.size < 2 && round < 50; round++) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(command.url)))
      for (const answer of answers) seen.add(/hello from (\d+) at \/, true/.exec(answer.text)?.[1] ?? 'nobody')
    }
    expect([...seen].map(Number).sort()).toEqual([await command.worker(0), await command.worker(1)].sort())
  })

  it('listens in several places: TCP, IPv6, a unix socket', async () => {
    const cwd = folder()
    const command = await serving(['app.ts', ...FREE, '--bind', '[::1]:0', '-b', 'unix:app.sock'], { cwd })
    const [ipv4 = '', ipv6 = '', unix = ''] = command.urls
    expect(ipv6).toMatch(/^http:\/\/\[::1\]:\d+$/)
    expect(unix).toBe('unix:app.sock')
    expect((await ask(ipv4)).text).toContain('hello')
    expect((await ask(ipv6)).text).toContain('hello')
    expect((await ask({ socketPath: join(cwd, 'app.sock'), path: '/x' })).text).toContain('at /x')
  })

  it('listens on 0.0.0.0 and [::] with one port', async () => {
    const probe = net.createServer().listen(0, '0.0.0.0')
    await once(probe, 'listening')
    const { port } = probe.address() as net.AddressInfo
    probe.close()
    await once(probe, 'close')
    const command = await serving(['app.ts', '--bind', `[::]:${port}`, '--bind', `0.0.0.0:${port}`], { cwd: folder() })
    expect((await ask(`http://127.0.0.1:${port}`)).status).toBe(200)
    expect((await ask(`http://[::1]:${port}`)).status).toBe(200)
    expect(command.urls).toEqual([`http://[::]:${port}`, `http://0.0.0.0:${port}`])
  })

  it('listens on a descriptor that it inherits', async () => {
    const held = net.createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => held.once('listening', resolve))
    const fd: unknown = Reflect.get(Object(Reflect.get(held, '_handle')), 'fd')
    const port = (held.address() as net.AddressInfo).port
    const command = await serving(['app.ts', '--bind', 'fd:3'], {
      cwd: folder(),
      stdio: ['ignore', 'pipe', 'pipe', Number(fd)],
    })
    held.close()
    expect(command.url).toBe(`http://127.0.0.1:${port}`)
    expect((await ask(command.url)).text).toContain('hello')
  })

  it('takes its options from variables, and lets a flag win', async () => {
    const env = { TSGI_BIND: '127.0.0.1:0,unix:env.sock', TSGI_WORKERS: '3' }
    const command = await serving(['app.ts', '-w2'], { cwd: folder(), env })
    expect(command.stdout).toMatch(/http:\/\/127.*\(2 workers\)\nListening at unix:env.sock \(2 workers\)\n/)
  })
})

describe('an inherited unix socket', () => {
  it('is named by its descriptor: its path only who bound it knows', async () => {
    const cwd = folder()
    const held = net.createServer().listen(join(cwd, 'held.sock'))
    await once(held, 'listening')
    const fd: unknown = Reflect.get(Object(Reflect.get(held, '_handle')), 'fd')
    const command = await serving(['app.ts', '--bind', 'fd:3'], { cwd, stdio: ['ignore', 'pipe', 'pipe', Number(fd)] })
    expect(command.urls).toEqual(['fd:3'])
    // Closing it here takes the file away; and while it is open here, a connection may end up here.
    linkSync(join(cwd, 'held.sock'), join(cwd, 'kept.sock'))
    held.close()
    expect((await ask({ socketPath: join(cwd, 'kept.sock') })).text).toContain('hello')
  })
})

describe('a unix socket', () => {
  it('takes over a file that nobody listens on (M-06)', async () => {
    const cwd = folder()
    const first = await serving(['app.ts', '--bind', 'unix:app.sock'], { cwd })
    await first.kill()
    expect(existsSync(join(cwd, 'app.sock'))).toBe(true)
    await serving(['app.ts', '--bind', 'unix:app.sock'], { cwd })
    expect((await ask({ socketPath: join(cwd, 'app.sock') })).text).toContain('hello')
  })

  it('is removed when the server stops, and not by a worker that leaves', async () => {
    const cwd = folder()
    const command = await serving(['app.ts', '--bind', 'unix:app.sock'], { cwd })
    command.signal('SIGHUP')
    await command.printed(/has left/)
    expect((await ask({ socketPath: join(cwd, 'app.sock') })).text).toContain('hello')
    command.signal('SIGTERM')
    await command.exit()
    expect(existsSync(join(cwd, 'app.sock'))).toBe(false)
  })

  it('has its mode from the beginning (M-06)', async () => {
    const cwd = folder()
    await serving(['app.ts', '--bind', 'unix:app.sock', '--socket-mode', '640'], { cwd })
    expect(lstatSync(join(cwd, 'app.sock')).mode & 0o777).toBe(0o640)
  })

  it.each([
    ['a file', 'is no socket', (path: string) => writeFileSync(path, '')],
    ['a symbolic link', 'is a symbolic link', (path: string) => symlinkSync('elsewhere', path)],
  ])('refuses a path where there is %s (M-06)', async (_kind, reason, make) => {
    const cwd = folder()
    make(join(cwd, 'app.sock'))
    const command = tsgi(['serve', 'app.ts', '--bind', 'unix:app.sock'], { cwd })
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toContain(reason)
  })

  it('refuses a path on which another server listens', async () => {
    const cwd = folder()
    await serving(['app.ts', '--bind', 'unix:app.sock'], { cwd })
    const second = tsgi(['serve', 'app.ts', '--bind', 'unix:app.sock'], { cwd })
    expect((await second.exit()).code).toBe(2)
    expect(second.stderr).toMatch(/^tsgi: cannot listen on unix:app\.sock: another process listens there.*\n$/)
  })
})

describe('an operator error is one line and exit code 2', () => {
  it.each<[string, string[], RegExp]>([
    ['an unknown option', ['app.ts', '--worker', '2'], /unknown option --worker; did you mean --workers\?/],
    ['a bad value', ['app.ts', '--workers', 'many'], /--workers many: must be a whole number of at least 1/],
    ['a missing value', ['app.ts', '--workers'], /--workers needs a value: --workers N/],
    ['an option given twice', ['app.ts', '-w', '1', '--workers', '2'], /--workers is given twice: 1 and 2/],
    ['a bad address', ['app.ts', '--bind', 'nowhere'], /--bind nowhere: must be HOST:PORT/],
    ['a foreign address', ['app.ts', '--bind', '192.0.2.1:0'], /this machine does not have the address 192\.0\.2\.1/],
    ['a missing folder', ['app.ts', '--bind', 'unix:no/app.sock'], /the folder no does not exist/],
    ['a descriptor that is none', ['app.ts', '--bind', 'fd:99'], /cannot listen on fd:99/],
    ['a missing module', ['ap.ts'], /cannot find module ap\.ts: there is no \S+; did you mean app\.ts\?/],
    [
      'a missing callable',
      ['app.ts:aplication'],
      /no callable "aplication" in app\.ts: it exports .*; did you mean app\.ts:application\?/,
    ],
    ['no callable', ['app.ts:text'], /no callable "text" in app\.ts: "text" is of type string, not a function/],
    ['no target', [], /say what to serve/],
    ['two targets', ['app.ts', 'b.ts'], /one application at a time/],
    ['a folder to change to', ['app.ts', '--chdir', 'no'], /--chdir no: there is no folder/],
    [
      'a log that cannot be opened',
      ['app.ts', '--access-logfile', 'no/access.log'],
      /--access-logfile \/.*\/no\/access\.log/,
    ],
  ])('%s', async (_name, words, message) => {
    const bind = words.includes('--bind') ? [] : FREE
    const command = tsgi(
      ['serve', ...words.slice(0, 1), ...bind, ...words.slice(1)].filter(
        (word) => words.length > 0 || !FREE.includes(word),
      ),
      { cwd: folder() },
    )
    expect(await command.exit()).toEqual({ code: 2, signal: null })
    expect(command.stderr.split('\n').filter((line) => line.startsWith('tsgi:'))).toHaveLength(1)
    expect(command.stderr).toMatch(message)
    expect(command.stdout).toBe('')
  })

  it.each([
    [
      'throws',
      'const n = 1\nthrow new Error("no database")',
      /cannot load bad\.ts: Error: no database \(bad\.ts:2:7\)/,
    ],
    ['has a syntax error', 'export const application = (', /cannot load bad\.ts: SyntaxError: .* \(bad\.ts:1/],
    [
      'imports what is not there',
      "import 'not-installed'",
      /cannot load bad\.ts: .*Cannot find package 'not-installed'/,
    ],
  ])('a module that %s, with the stack below', async (_name, text, message) => {
    const command = tsgi(['serve', 'bad.ts', ...FREE, '--workers', '3'], { cwd: folderWith({ 'bad.ts': text }) })
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr.match(/cannot load/g)).toHaveLength(1)
    expect(command.stderr).toMatch(message)
    expect(command.stderr).toMatch(/\n\n.*/s)
  })

  it('a busy port', async () => {
    const first = await serving(['app.ts', ...FREE], { cwd: folder() })
    const second = tsgi(['serve', 'app.ts', '--bind', `127.0.0.1:${first.port}`], { cwd: folder() })
    expect(await second.exit()).toEqual({ code: 2, signal: null })
    expect(second.stderr).toMatch(
      /^tsgi: cannot listen on 127\.0\.0\.1:\d+: port \d+ is in use by another process; .*\n$/,
    )
    expect((await ask(first.url)).text).toContain('hello')
  })

  it('no place for the scoreboard', async () => {
    const command = tsgi(['serve', 'app.ts', ...FREE], { cwd: folder(), env: { TMPDIR: '/no/such/folder' } })
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toMatch(
      /^tsgi: no file of \d+ bytes in \/no\/such\/folder: ENOENT.*TMPDIR names another folder$/m,
    )
  })

  it('an unknown command', async () => {
    const command = tsgi(['server', 'app.ts'])
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toBe('tsgi: unknown command server; did you mean serve?\n')
  })
})

describe('the command', () => {
  it('tells its version and its options', async () => {
    const version = tsgi(['--version'])
    const help = tsgi(['serve', '--help'])
    expect((await version.exit()).code).toBe(0)
    expect((await help.exit()).code).toBe(0)
    const about: { version: string } = JSON.parse(readFileSync(join(ROOT, 'packages/server/package.json'), 'utf8'))
    expect(version.stdout).toBe(`tsgi ${about.version}\n`)
    expect(help.stdout).toContain('--workers N')
  })
})

describe('stopping', () => {
  const SLOW = `
export const application = async (environ, startResponse) => {
  console.log('began')
  await new Promise((resolve) => setTimeout(resolve, Number(environ.QUERY_STRING)))
  startResponse('200 OK', [])
  return 'answered'
}`

  it.each(['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)('%s ends it with code 0', async (signal) => {
    const command = await serving(['app.ts', ...FREE, '--workers', '2'], { cwd: folder() })
    command.signal(signal)
    expect(await command.exit()).toEqual({ code: 0, signal: null })
  })

  it('SIGTERM answers what is in flight, and says that the connection ends (M-03)', async () => {
    const command = await serving(['app.ts', ...FREE], { cwd: folderWith({ 'app.ts': SLOW }) })
    const answer = ask(`${command.url}/?600`)
    await command.printed(/began/)
    command.signal('SIGTERM')
    expect(await answer).toMatchObject({ status: 200, text: 'answered', headers: { connection: 'close' } })
    expect((await command.exit()).code).toBe(0)
  })

  it('SIGTERM cuts what takes longer than --graceful-timeout', async () => {
    const command = await serving(['app.ts', ...FREE, '--graceful-timeout', '0.2'], {
      cwd: folderWith({ 'app.ts': SLOW }),
    })
    const answer = ask(`${command.url}/?60000`).catch((error: Error) => error.message)
    await command.printed(/began/)
    command.signal('SIGTERM')
    expect(await answer).toMatch(/socket hang up|ECONNRESET/)
    expect((await command.exit()).code).toBe(0)
  })

  it.each([
    ['SIGINT', 'SIGINT'],
    ['SIGTERM', 'SIGTERM'],
  ] as const)('%s and then %s does not wait', async (first, second) => {
    const command = await serving(['app.ts', ...FREE], { cwd: folderWith({ 'app.ts': SLOW }) })
    const answer = ask(`${command.url}/?60000`).catch((error: Error) => error.message)
    await command.printed(/began/)
    command.signal(first)
    await command.printed(/stop (now|gracefully)/) // two at once would be one: signals do not queue
    command.signal(second)
    expect(await answer).toMatch(/socket hang up|ECONNRESET/)
    expect((await command.exit()).code).toBe(0)
  })

  it('the workers leave when the master dies (M-05)', async () => {
    const command = await serving(['app.ts', ...FREE, '--workers', '2'], { cwd: folder() })
    const workers = [await command.worker(0), await command.worker(1)]
    command.child.kill('SIGKILL')
    await command.exit() // resolves when the last holder of its standard output has gone: the workers
    // Descriptors close a moment before the process has gone.
    for (const worker of workers) await expect.poll(() => isAlive(worker), { timeout: 10_000 }).toBe(false)
  })
})

/** A zombie that its new parent has not reaped is dead. */
function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}
