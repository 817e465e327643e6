/** How the processes behind `fromPythonWsgi` are started: the interpreter, the application, what is said when it cannot be loaded. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import { join } from 'node:path'
import { call } from '@tsgi/contract/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { fromPythonWsgi, PythonStartError } from '../../../packages/server/src/guests/python-wsgi.ts'
import { FIXTURES, findPython, folderForTest, Log, servePythonForTest, skipReason } from './python-server.ts'

const python = findPython()
if (python === undefined) console.warn(skipReason())

async function startError(spec: string, options = {}): Promise<PythonStartError> {
  const application = fromPythonWsgi(spec, { python: python ?? '', chdir: FIXTURES, ...options })
  onTestFinished(() => application.close())
  const error = await application.start().catch((reason: unknown) => reason)
  if (!(error instanceof PythonStartError)) throw new Error(`expected a PythonStartError, got ${String(error)}`)
  return error
}

describe.skipIf(python === undefined)(`the start${python === undefined ? ` — ${skipReason()}` : ''}`, () => {
  describe('a factory that is named and not called', () => {
    it('is refused at start where it cannot take (environ, start_response)', async () => {
      const { message, detail } = await startError('probe:create_app')
      expect(message).toContain('probe:create_app takes other arguments than (environ, start_response)')
      expect(message).toContain(': if it is a factory, name probe:create_app()')
      expect(detail).toBe(undefined)
    })

    it('is recognised by its first failure where it can', async () => {
      const server = await servePythonForTest('probe:create_app_with')
      expect((await server.fetch('/')).status).toBe(500)
      await server.faults.waitFor(/TypeError: /)
      expect(server.faults.text).toContain('it returned a callable: if it is a factory, name probe:create_app_with()')
    })

    it('is not suspected behind a TypeError of the application', async () => {
      const server = await servePythonForTest('probe:unchecked')
      expect((await server.fetch('/wrong?kind=str')).status).toBe(500)
      await server.faults.waitFor(/TypeError: the body has a block of type str/)
      expect(server.faults.text).not.toContain('factory')
    })
  })

  describe('what is no WSGI application', () => {
    const ASGI = 'is an ASGI application, and tsgi serves WSGI: wrap it, as in a2wsgi.ASGIMiddleware(app), or serve'

    it.each([
      ['asgi', ASGI],
      ['asgi_object', ASGI],
      ['asgi_of_plain_function', ASGI],
      ['partial_asgi', ASGI],
      ['AsgiTwo', ASGI],
      ['create_asgi()', ASGI],
      ['create_asgi', 'if it is a factory, name interfaces:create_asgi()'],
      ['Asgi', 'if it is a factory, name interfaces:Asgi()'],
      ['create_async', 'is an async function: a WSGI application is a plain one'],
      ['create_async()', 'is an async factory: tsgi calls a plain one'],
      ['async_wsgi', 'is an async function: a WSGI application is a plain one'],
      ['async_generator', 'is an async function: a WSGI application is a plain one'],
      ['view', 'takes other arguments than (environ, start_response): if it is a factory, name interfaces:view()'],
      ['view_object', 'takes other arguments than (environ, start_response)'],
    ])('is refused at start, in one line: %s', async (name, why) => {
      const { message, detail } = await startError(`interfaces:${name}`)
      expect(message).toContain(`: interfaces:${name} `)
      expect(message).toContain(why)
      expect(detail).toBe(undefined)
    })

    it.skipIf(findPython('django') === undefined)('is refused where it is Django’s ASGI handler', async () => {
      const folder = folderForTest()
      const lines = [
        'from django.conf import settings',
        'settings.configure()',
        'from django.core.asgi import get_asgi_application',
        'application = get_asgi_application()',
      ]
      writeFileSync(join(folder, 'djangoasgi.py'), lines.join('\n'))
      const { message } = await startError('djangoasgi', { chdir: folder, python: findPython('django') })
      expect(message).toContain(ASGI)
    })

    it.each([
      ['plain', 'plain'],
      ['wrapped', 'a view'],
      ['wrapped_async', 'a view'],
      ['Iterable', 'a class'],
      ['method', 'plain'],
      ['partial', 'plain'],
      ['uninspectable', 'plain'],
    ])('is not suspected in %s', async (name, text) => {
      const server = await servePythonForTest(`interfaces:${name}`)
      expect(await server.text('/')).toBe(text)
    })
  })

  describe('start', () => {
    it('is done by the first request, and once', async () => {
      const server = await servePythonForTest('probe')
      const answers = await Promise.all(Array.from({ length: 5 }, () => server.text('/pid')))
      expect(new Set(answers).size).toBe(1)
    })

    it.each([
      ['probe:no_such', 'there is no "no_such" in probe; its callables: '],
      ['probe:not_callable', 'probe:not_callable is of type int, not callable'],
      ['probe:factory(open)', 'the arguments in probe:factory(open) must be literals, such as "text", 1 or True'],
      ['probe:factory(', 'cannot read probe:factory(: say module, module:name or module:factory()'],
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
      const { message, detail } = await startError(spec)
      expect(message).toContain(`cannot load ${spec} with `)
      expect(message).toContain(why)
      expect(message).not.toContain('\n')
      // Where the spec is to blame there is nothing to trace.
      if (spec.startsWith('probe:')) expect(detail).toBe(undefined)
    })

    it('of a factory that raises shows its exception, and where it was raised', async () => {
      const { message, detail } = await startError('probe:failing_factory()')
      expect(message).toMatch(/^cannot load probe:failing_factory\(\) with .*: KeyError: 'DATABASE_URL'$/)
      expect(detail).toMatch(
        /^Traceback[\s\S]*probe\.py", line \d+, in failing_factory[\s\S]*KeyError: 'DATABASE_URL'$/,
      )
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
      const errors = new Log()
      const application = fromPythonWsgi('slow_start:app', { python: python ?? '', chdir: FIXTURES, errors })
      const started = application.start().catch((error: unknown) => error)
      await errors.waitFor(/is being loaded/)
      await application.close()
      expect(await started).toBeInstanceOf(PythonStartError)
    })

    it('that takes too long is given up, and the error says where it is', async () => {
      const { message, detail } = await startError('slow_start:app', { startTimeout: 5 })
      expect(message).toMatch(/^slow_start:app was not loaded within 5 s by \S+; it is here:$/)
      expect(detail).toMatch(/slow_start\.py", line 4 in <module>/)
    })

    it('leaves no file behind when its front is killed, and needs no short TMPDIR', async () => {
      const before = process.env.TMPDIR
      const folder = join(folderForTest(), 'x'.repeat(120))
      mkdirSync(folder)
      process.env.TMPDIR = folder
      onTestFinished(() => {
        if (before === undefined) delete process.env.TMPDIR
        else process.env.TMPDIR = before
      })
      const application = fromPythonWsgi('slow_start:app', { python: python ?? '', chdir: FIXTURES, errors: new Log() })
      const started = application.start().catch((error: unknown) => error)
      expect(readdirSync(folder)).toEqual([])
      await application.close()
      await started
      const server = await servePythonForTest('probe')
      expect(await server.text('/')).toBe('Hello, World!\n')
      expect(readdirSync(folder)).toEqual([])
    })

    it('listens in a private folder where the system has no abstract addresses', async () => {
      const platform = vi.spyOn(os, 'platform').mockReturnValue('darwin')
      syncBuiltinESMExports()
      onTestFinished(() => {
        platform.mockRestore()
        syncBuiltinESMExports()
      })
      const server = await servePythonForTest('probe', { threads: 2 })
      expect(await server.text('/')).toBe('Hello, World!\n')
      expect(platform).toHaveBeenCalled()
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
      const errors = new Log()
      const settings = { python: python ?? '', chdir: FIXTURES, errors, env: { IMPORTS: imports } }
      const application = fromPythonWsgi('broken', settings)
      onTestFinished(() => application.close())
      const answers = await Promise.all(['/1', '/2', '/3'].map((path) => call(application, path)))
      answers.push(await call(application, '/4'), await call(application, '/5'))
      expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503])
      expect(answers[4]?.text).toBe('503 Service Unavailable\n')
      expect(readFileSync(imports, 'utf8')).toBe('x')
      expect(errors.text.match(/RuntimeError: the settings are wrong/g)).toHaveLength(2)
      expect(errors.text.match(/Traceback/g)).toHaveLength(1)
    })
  })

  describe.each(['gevent', 'eventlet'])('an application that is patched by %s', (library) => {
    const interpreter = findPython(library)
    if (interpreter === undefined) console.warn(skipReason(library))

    it.skipIf(interpreter === undefined).each([1, 4])(
      `starts, answers and ends, with %d threads${interpreter === undefined ? ` — ${skipReason(library)}` : ''}`,
      async (threads) => {
        const server = await servePythonForTest(`patched_${library}:app`, { python: interpreter, threads })
        expect(await server.text('/')).toBe('patched 0')
        const body = 'x'.repeat(300_000)
        expect(await server.text('/', { method: 'POST', body })).toBe('patched 300000')
        if (threads > 1) {
          const waiting = server.text('/wait')
          await server.arrived.waitFor(/wait/)
          expect(await server.text('/set')).toBe('patched 0')
          expect(await waiting).toBe('patched 0')
        }
      },
    )
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
})
