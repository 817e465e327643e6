/** The processes behind `fromPythonWsgi`: how they start, die, hang, share the work and leave. Real processes throughout. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { validate } from '@tsgi/contract'
import { call, environFor } from '@tsgi/contract/testing'
import { Application, get, mount, text } from '@tsgi/framework'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fromPythonWsgi, PythonStartError } from '../../packages/server/src/guests/python-wsgi.ts'
import { FIXTURES, findPython, hold, servePythonForTest, skipReason } from './python-server.ts'

const python = findPython()
if (python === undefined) console.warn(skipReason())

function folderForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

async function startError(spec: string, options = {}): Promise<PythonStartError> {
  const application = fromPythonWsgi(spec, { python: python ?? '', chdir: FIXTURES, ...options })
  onTestFinished(() => application.close())
  const error = await application.start().catch((reason: unknown) => reason)
  if (!(error instanceof PythonStartError)) throw new Error(`expected a PythonStartError, got ${String(error)}`)
  return error
}

/** True until the process is gone. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe.skipIf(python === undefined)(`the pool${python === undefined ? ` — ${skipReason()}` : ''}`, () => {
  describe('start', () => {
    it('is done by the first request, and once', async () => {
      const server = await servePythonForTest('probe')
      const answers = await Promise.all(Array.from({ length: 5 }, () => server.text('/pid')))
      expect(new Set(answers).size).toBe(1)
    })

    it.each([
      ['probe:no_such', 'there is no "no_such" in probe; its callables: '],
      ['probe:not_callable', 'probe:not_callable is of type int, not callable'],
      ['probe:factory(open)', 'ValueError'],
      ['probe:1+1', 'cannot read probe:1+1: say module, module:name or module:factory()'],
      [
        'nowhere:app',
        `ModuleNotFoundError: No module named 'nowhere'; it was looked for in ${FIXTURES} first (--chdir)`,
      ],
      [
        'needs_missing:app',
        "No module named 'a_package_that_is_nowhere'; install it for this interpreter, or name another with --python",
      ],
      ['exits:app', 'it ended with exit code 3'],
    ])('of %s fails with one line that says why', async (spec, why) => {
      const { message } = await startError(spec)
      expect(message).toContain(`cannot load ${spec} with `)
      expect(message).toContain(why)
      expect(message).not.toContain('\n')
    })

    it('that fails shows the interpreter that was used, and the traceback without our own frames', async () => {
      const error = await startError('broken', { env: { IMPORTS: '/dev/null' } })
      expect(error.message).toMatch(
        /^cannot load broken with \S+ \(Python 3\.\d+\.\d+\): RuntimeError: the settings are wrong$/,
      )
      expect(error.detail).toMatch(
        /^Traceback[\s\S]*broken\.py", line 8, in helper[\s\S]*RuntimeError: the settings are wrong$/,
      )
      expect(error.detail).not.toContain('tsgi_bridge')
      expect(error.exitCode).toBe(2)
    })

    it('without an interpreter says how to name one', async () => {
      const { message } = await startError('probe', { python: '/nowhere/python' })
      expect(message).toMatch(
        /^cannot run \/nowhere\/python \(.*ENOENT\): activate a virtual environment, or name an interpreter with --python$/,
      )
    })

    it('without its folder says so', async () => {
      expect((await startError('probe', { chdir: '/nowhere' })).message).toBe(
        'there is no folder /nowhere to change to',
      )
    })

    it('that failed fails again when it is asked for again at once', async () => {
      const application = fromPythonWsgi('nowhere', { python: python ?? '', chdir: FIXTURES })
      onTestFinished(() => application.close())
      await expect(application.start()).rejects.toThrow('nowhere')
      await expect(application.start()).rejects.toThrow('nowhere')
    })

    it('is ended by close()', async () => {
      const application = fromPythonWsgi('slow_start:app', { python: python ?? '', chdir: FIXTURES })
      const started = application.start().catch((error: unknown) => error)
      await new Promise((resolve) => setTimeout(resolve, 300))
      await application.close()
      expect(await started).toBeInstanceOf(PythonStartError)
    })

    it('that takes too long is given up', async () => {
      expect((await startError('slow_start:app', { startTimeout: 0.3 })).message).toContain(
        'was not loaded within 0.3 s',
      )
    })

    it('takes the interpreter of the active virtual environment', async () => {
      const folder = folderForTest()
      mkdirSync(join(folder, 'bin'))
      symlinkSync('/nowhere/else', join(folder, 'bin', 'python'))
      const before = process.env.VIRTUAL_ENV
      process.env.VIRTUAL_ENV = folder
      onTestFinished(() => {
        if (before === undefined) delete process.env.VIRTUAL_ENV
        else process.env.VIRTUAL_ENV = before
      })
      const application = fromPythonWsgi('probe', { chdir: FIXTURES })
      await expect(application.start()).rejects.toThrow(`cannot run ${join(folder, 'bin', 'python')} (`)
    })

    it('that fails is not tried over and over: 503, and the traceback once', async () => {
      const imports = join(folderForTest(), 'imports')
      const server = await servePythonForTest('broken', { env: { IMPORTS: imports } })
      const answers = await Promise.all(['/1', '/2', '/3'].map((path) => server.fetch(path)))
      answers.push(await server.fetch('/4'), await server.fetch('/5'))
      expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503])
      expect(await answers[4]?.text()).toBe('503 Service Unavailable\n')
      expect(readFileSync(imports, 'utf8')).toBe('x')
      expect(server.log.text.match(/RuntimeError: the settings are wrong/g)).toHaveLength(2)
      expect(server.log.text.match(/Traceback/g)).toHaveLength(1)
    })
  })

  describe('the module search path', () => {
    it('begins with chdir, then pythonPath, and the folder of the bridge is not on it', async () => {
      const folder = folderForTest()
      const server = await servePythonForTest('probe', { pythonPath: [folder] })
      const [cwd, path, argv] = JSON.parse(await server.text('/path')) as [string, string[], string[]]
      expect(cwd).toBe(FIXTURES)
      expect(path.slice(0, 2)).toEqual([FIXTURES, folder])
      expect(path.some((entry) => entry.endsWith('server/python'))).toBe(false)
      expect(argv).toEqual(['probe'])
    })

    it('begins with the folder of a file that is named by its path', async () => {
      const server = await servePythonForTest('fixtures/probe.py:unchecked', { chdir: join(FIXTURES, '..') })
      const [cwd, path] = JSON.parse(await server.text('/path')) as [string, string[]]
      expect(cwd).toBe(join(FIXTURES, '..'))
      expect(path[0]).toBe(FIXTURES)
    })

    it('finds a factory, with its literals', async () => {
      const server = await servePythonForTest('probe:factory("a", 1, debug=True)')
      expect(await server.text('/')).toBe('[["a", 1], {"debug": true}]')
    })
  })

  describe('a process that dies', () => {
    it('costs the request it was answering, 502, and is replaced', async () => {
      const server = await servePythonForTest('probe:unchecked')
      // Answers that come fast let a line form in the process.
      for (let i = 0; i < 20; i++) await server.text('/')
      const before = await server.text('/pid')
      const dying = server.fetch('/exit?how=hard')
      const others = Promise.all(Array.from({ length: 8 }, () => server.fetch('/pid')))
      const answer = await dying
      expect([answer.status, await answer.text()]).toEqual([502, '502 Bad Gateway\n'])
      expect((await others).map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
      expect(await server.text('/pid')).not.toBe(before)
      expect(server.log.text).toMatch(/ended before it had answered GET \/exit/)
      expect(server.log.text).toMatch(/ended with exit code 7; it is replaced/)
    })

    it('after the head leaves the answer visibly incomplete', async () => {
      const server = await servePythonForTest('probe:unchecked')
      await expect(server.text('/exit-late')).rejects.toThrow()
      expect(await server.text('/')).toBe('Hello, World!\n')
    })

    it('under load costs no more than what was in flight', async () => {
      const server = await servePythonForTest('probe:unchecked', { processes: 2 })
      await server.application.start()
      const counts = { lost: 0, answered: 0 }
      const client = async () => {
        for (let i = 0; i < 60; i++) {
          const response = await server.fetch('/pid')
          await response.text()
          if (response.status === 200) counts.answered += 1
          else counts.lost += 1
        }
      }
      const clients = Promise.all(Array.from({ length: 8 }, client))
      process.kill(Number(await server.text('/pid')), 'SIGKILL')
      await clients
      expect(counts.lost).toBeLessThanOrEqual(1)
      expect(counts.answered).toBeGreaterThanOrEqual(479)
    })

    it('is replaced also when it dies again and again', async () => {
      const server = await servePythonForTest('probe:unchecked')
      const statuses = []
      for (let i = 0; i < 4; i++) statuses.push((await server.fetch('/exit?how=hard')).status)
      expect(statuses).toEqual([502, 502, 502, 502])
    })
  })

  describe('a process that is told to leave (SIGTERM)', () => {
    it('loses nothing: it finishes what it has begun, and its successor answers what comes from then on', async () => {
      const server = await servePythonForTest('probe:unchecked')
      const pid = await server.text('/pid')
      const held = await hold(server)
      process.kill(Number(pid), 'SIGTERM')
      await server.log.waitFor(/has been told to leave \(SIGTERM\)/)
      const later = await Promise.all(Array.from({ length: 5 }, () => server.text('/pid')))
      held.letGo()
      expect(await (await held.answer).text()).toBe(pid)
      expect(new Set(later).size).toBe(1)
      expect(later[0]).toMatch(/^\d+$/)
      expect(later[0]).not.toBe(pid)
    })

    it('loses nothing of what already waits for it, either', async () => {
      const server = await servePythonForTest('probe:unchecked')
      const pid = await server.text('/pid')
      const held = await hold(server)
      const behind = Array.from({ length: 5 }, () => server.fetch('/pid'))
      await server.arrived.waitFor(/(\/pid\s+){5}/)
      process.kill(Number(pid), 'SIGTERM')
      held.letGo()
      expect((await Promise.all(behind)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    })

    it('takes no notice of SIGINT, which is for the front', async () => {
      const server = await servePythonForTest('probe:unchecked')
      const pid = await server.text('/pid')
      process.kill(Number(pid), 'SIGINT')
      expect(await server.text('/pid')).toBe(pid)
    })
  })

  describe('a request that hangs', () => {
    it('shows in the log where it hangs, gets 504, and its process is replaced', async () => {
      const server = await servePythonForTest('probe:unchecked', { timeout: 0.3 })
      const before = await server.text('/pid')
      const hanging = server.fetch('/hang')
      const other = server.text('/pid')
      const answer = await hanging
      expect([answer.status, await answer.text()]).toEqual([504, '504 Gateway Timeout\n'])
      expect(await other).not.toBe(before)
      expect(server.log.text).toMatch(/no answer to GET \/hang for 0\.3 s; it is here:/)
      expect(server.log.text).toMatch(/File ".*probe\.py", line \d+ in do_hang/)
    })

    it('within the grace period may still be answered', async () => {
      const server = await servePythonForTest('probe:unchecked', { timeout: 0.2 })
      const pid = await server.text('/pid')
      expect(await server.text('/sleep?seconds=0.6')).toBe('slept')
      expect(await server.text('/pid')).toBe(pid)
    })

    it('is not taken for one while a slow client is waited for', async () => {
      const server = await servePythonForTest('probe:unchecked', { timeout: 0.3 })
      const pid = await server.text('/pid')
      const response = await server.fetch('/blocks?count=100&size=100000')
      await new Promise((resolve) => setTimeout(resolve, 1800))
      expect((await response.text()).length).toBe(10_000_000)
      expect(await server.text('/pid')).toBe(pid)
    })
  })

  describe('the window', () => {
    it('has the application wait for a client that does not read', async () => {
      const server = await servePythonForTest('probe:unchecked', { processes: 2 })
      const response = await server.fetch('/forever?size=100000')
      const reader = response.body?.getReader()
      await reader?.read()
      // The other process is not held up.
      for (let i = 0; i < 20; i++) expect(await server.text('/')).toBe('Hello, World!\n')
      await reader?.cancel()
      await server.log.waitFor(/closed \/forever/)
    })
  })

  describe('a process that is busy', () => {
    it('with an answer that takes long gives back what waits behind it', async () => {
      const { application } = await servePythonForTest('probe:unchecked', { processes: 2 })
      await application.start()
      // Called without a socket between, so that the order is certain.
      const ask = async (path: string) => {
        const body = await application(environFor(path), () => async () => undefined)
        return body instanceof Uint8Array ? Buffer.from(body).toString() : body
      }
      for (let i = 0; i < 5; i++) await Promise.all([ask('/'), ask('/')])
      const slow = ask('/sleep?seconds=0.3')
      await new Promise((resolve) => setTimeout(resolve, 50))
      const endless = ask('/forever?pause=0.01')
      // The other process is busy, so it is sent ahead to the one that begins the endless answer.
      expect(await ask('/')).toBe('Hello, World!\n')
      expect(await slow).toBe('slept')
      const body = await endless
      if (typeof body === 'string' || !('close' in body)) throw new Error('expected a stream')
      await body.close?.()
    })
  })

  describe('bodies without a length', () => {
    const post = (size: number) =>
      ({ method: 'POST', body: new Blob(['x'.repeat(size)]).stream(), duplex: 'half' }) as RequestInit

    it.each([10, 65_536, 65_537, 3_000_000])(
      'of %d octets are gathered, so that there is a CONTENT_LENGTH',
      async (size) => {
        const server = await servePythonForTest('probe')
        const response = await server.fetch('/echo', post(size))
        expect(response.headers.get('X-Length')).toBe(String(size))
        const environ = JSON.parse(await server.text('/environ', post(size))) as Record<string, unknown>
        expect(environ).toMatchObject({ CONTENT_LENGTH: String(size) })
        expect(environ).not.toHaveProperty('HTTP_TRANSFER_ENCODING')
      },
    )

    it('are refused with 413 beyond the limit', async () => {
      const server = await servePythonForTest('probe', { bufferLimit: 100_000 })
      const answer = await server.fetch('/echo', post(100_001)).catch((error: unknown) => error)
      if (answer instanceof Response) expect(answer.status).toBe(413)
      expect(await server.text('/')).toBe('Hello, World!\n')
    })

    it('are streamed to an application that knows wsgi.input_terminated', async () => {
      const server = await servePythonForTest('probe', { chunkedUploads: 'stream' })
      expect(await server.text('/count', post(500_000))).toBe('500000')
      const environ = JSON.parse(await server.text('/environ', post(10))) as Record<string, unknown>
      expect(environ).not.toHaveProperty('CONTENT_LENGTH')
      expect(environ).toMatchObject({ 'wsgi.input_terminated': true })
    })
  })

  describe('threads', () => {
    it('answer side by side, and wsgi.multithread says so', async () => {
      const server = await servePythonForTest('probe', { threads: 2 })
      const environ = JSON.parse(await server.text('/environ')) as Record<string, unknown>
      expect(environ).toMatchObject({ 'wsgi.multithread': true, 'wsgi.multiprocess': false })
      expect(await Promise.all([server.text('/meet'), server.text('/meet')])).toEqual(['met', 'met'])
    })

    it('and processes together bring every answer to its own request', async () => {
      const server = await servePythonForTest('probe', { threads: 3, processes: 2 })
      await server.application.start()
      const bodies = Array.from({ length: 200 }, (_, i) => `body ${i}`)
      const answers = await Promise.all(bodies.map((body) => server.text('/echo', { method: 'POST', body })))
      expect(answers).toEqual(bodies)
    })

    it('leave one by one when their process is told to', async () => {
      const server = await servePythonForTest('probe:unchecked', { threads: 2 })
      const pid = await server.text('/pid')
      const held = await hold(server)
      process.kill(Number(pid), 'SIGTERM')
      await server.log.waitFor(/has been told to leave/)
      expect(await server.text('/pid')).not.toBe(pid)
      held.letGo()
      expect(await (await held.answer).text()).toBe(pid)
      await server.log.waitFor(new RegExp(`python ${pid}\\] ended with exit code 0`))
    })
  })

  describe('the backlog', () => {
    it('is bounded: what does not fit gets 503', async () => {
      const server = await servePythonForTest('probe:unchecked', { backlog: 2 })
      const held = await hold(server)
      const rest = Array.from({ length: 6 }, () => server.fetch('/'))
      await server.log.waitFor(/(2 requests wait already; answered 503: GET \/\s+(python: )?){4}/)
      held.letGo()
      const statuses = (await Promise.all(rest)).map(({ status }) => status)
      expect(statuses.sort()).toEqual([200, 200, 503, 503, 503, 503])
      expect((await held.answer).status).toBe(200)
    })

    it('lets go of a client that leaves while it waits', async () => {
      const server = await servePythonForTest('probe:unchecked')
      const held = await hold(server)
      const controller = new AbortController()
      const waiting = server.text('/close?how=whole', { signal: controller.signal })
      await server.arrived.waitFor(/close/)
      controller.abort()
      await expect(waiting).rejects.toThrow()
      await server.left.waitFor(/close/)
      // Who waits is looked after every 100 ms, by the clock of this very process.
      await new Promise((resolve) => setTimeout(resolve, 250))
      held.letGo()
      expect((await held.answer).status).toBe(200)
      expect(await server.text('/')).toBe('Hello, World!\n')
      expect(server.log.text).not.toContain('closed /close')
    })
  })

  describe('close', () => {
    it('finishes what is in flight, refuses what still comes, and leaves no process', async () => {
      const server = await servePythonForTest('probe:unchecked', { processes: 2 })
      await server.application.start()
      const pid = Number(await server.text('/pid'))
      const held = await hold(server)
      const closing = server.application.close()
      expect((await server.fetch('/')).status).toBe(503)
      held.letGo()
      expect((await held.answer).status).toBe(200)
      await closing
      expect(isAlive(pid)).toBe(false)
      await expect(server.application.start()).rejects.toThrow('probe:unchecked has been closed')
    })

    it('does not wait longer than gracefulTimeout', async () => {
      const server = await servePythonForTest('probe:unchecked', { gracefulTimeout: 0.2 })
      const pid = Number(await server.text('/pid'))
      const held = await hold(server)
      await server.application.close()
      expect((await held.answer).status).toBe(503)
      expect(isAlive(pid)).toBe(false)
    })

    it('may come before any start', async () => {
      await fromPythonWsgi('probe').close()
    })
  })

  it('does not outlive a front that is killed, whatever it computes', async () => {
    const child = spawn(process.execPath, [join(FIXTURES, 'front.ts'), python ?? '', FIXTURES])
    const pid = Number(await new Promise((resolve) => child.stdout.once('data', (text) => resolve(String(text)))))
    expect(isAlive(pid)).toBe(true)
    child.kill('SIGKILL')
    await untilGone(pid)
  })

  it('is no reason for the front to stay', async () => {
    const program = `
      import { fromPythonWsgi } from ${JSON.stringify(new URL('../../packages/server/src/guests/python-wsgi.ts', import.meta.url).href)}
      await fromPythonWsgi('probe', { python: ${JSON.stringify(python)}, chdir: ${JSON.stringify(FIXTURES)} }).start()`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], { stdio: 'inherit' })
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0)
  })

  it('is mounted in a route list beside other views, and sees the mount as SCRIPT_NAME', async () => {
    const guest = fromPythonWsgi('probe', { python: python ?? '', chdir: FIXTURES })
    onTestFinished(() => guest.close())
    const site = validate(new Application([get('/', () => text('ours')), mount('/caf%C3%A9/x', validate(guest))]))
    expect((await call(site, '/')).text).toBe('ours')
    const response = await call(site, '/caf%C3%A9/x/environ/%E4%B8%AD%FF')
    expect(JSON.parse(response.text)).toMatchObject({
      SCRIPT_NAME: '/caf\u00c3\u00a9/x',
      PATH_INFO: '/environ/\u00e4\u00b8\u00ad\u00ff',
      'wsgiorg.routing_args': expect.anything(),
    })
  })

  it.each([
    ['a NUL', 'a\0b', "the environ's vendor.key holds a NUL"],
    ['a character above U+00FF', '\u4e2d', "the environ's vendor.key has a character above U+00FF"],
  ])('refuses %s in the environ', async (_, value, message) => {
    const guest = fromPythonWsgi('probe', { python: python ?? '', chdir: FIXTURES })
    onTestFinished(() => guest.close())
    const response = await call(guest, '/', { 'vendor.key': value })
    expect([response.status, String(response.failure)]).toEqual([500, expect.stringContaining(message)])
  })

  it('leaves nothing behind in the folder for temporary files', async () => {
    const folder = folderForTest()
    const before = process.env.TMPDIR
    process.env.TMPDIR = folder
    onTestFinished(() => {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
    })
    const guest = fromPythonWsgi('probe', { python: python ?? '', chdir: FIXTURES })
    await guest.start()
    expect(readdirSync(folder)).toEqual([])
    await guest.close()
    expect(readdirSync(folder)).toEqual([])
  })
})
