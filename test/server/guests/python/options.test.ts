/** The options of a Python application, with their defaults in place. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { pythonSettings } from '../../../../packages/server/src/guests/python/options.ts'

it('has gunicorn’s defaults where it has them, in milliseconds', () => {
  expect(pythonSettings('app:app', {})).toMatchObject({
    application: 'app:app',
    processes: 1,
    threads: 1,
    timeout: 30_000,
    gracefulTimeout: 30_000,
    chdir: resolve('.'),
    path: [resolve('.')],
    chunkedUploads: 'buffer',
  })
})

it.each([
  ['app:app', 'app:app', ['/srv', '/lib', '/srv/own']],
  ['app.py:app', 'app:app', ['/srv', '/srv', '/lib', '/srv/own']],
  ['sub/app.py', 'app', ['/srv/sub', '/srv', '/lib', '/srv/own']],
])('looks for %s in chdir first, then in pythonPath', (spec, application, path) => {
  const settings = pythonSettings(spec, { chdir: '/srv', pythonPath: ['/lib', 'own'] })
  expect(settings).toMatchObject({ application, path })
})

it.each([
  [{ processes: 0 }, 'processes must be a whole number from 1, not 0'],
  [{ threads: 1.5 }, 'threads must be a whole number from 1, not 1.5'],
  [{ timeout: -1 }, 'timeout must be a number from 0, not -1'],
  [{ bufferLimit: Number.NaN }, 'bufferLimit must be a number from 0, not NaN'],
])('refuses %j', (options, message) => {
  expect(() => pythonSettings('app', options)).toThrow(message)
})

it('takes the interpreter that is named, of the active environment, of .venv in chdir, or python3, in this order', () => {
  const chdir = mkdtempSync(join(tmpdir(), 'tsgi-test-'))
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(chdir, { recursive: true })
  })
  vi.stubEnv('VIRTUAL_ENV', '')
  expect(pythonSettings('app', { chdir }).python).toBe('python3')
  mkdirSync(join(chdir, '.venv', 'bin'), { recursive: true })
  writeFileSync(join(chdir, '.venv', 'bin', 'python'), '')
  expect(pythonSettings('app', { chdir }).python).toBe(join(chdir, '.venv', 'bin', 'python'))
  vi.stubEnv('VIRTUAL_ENV', '/srv/active')
  expect(pythonSettings('app', { chdir }).python).toBe('/srv/active/bin/python')
  expect(pythonSettings('app', { chdir, python: 'pypy3' }).python).toBe('pypy3')
})
