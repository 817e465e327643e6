/**
 * Folders on a real disk, and a way to ask for what is in them: under `validate()`, mounted at `/static`.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Application, type Environ, validate } from '@tsgi/contract'
import { type CallOptions, call, environFor, type TestResponse } from '@tsgi/contract/testing'

/** Octets or text of a file; `LINK x` a symbolic link to x; a name that ends with `/` is a folder. */
export type Tree = Readonly<Record<string, string | Uint8Array>>

/** Makes the tree in a folder of its own. The caller removes it. */
export function makeTree(tree: Tree): string {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'tsgi-static-')))
  for (const [name, content] of Object.entries(tree)) addTo(base, name, content)
  return base
}

export function removeTree(base: string): void {
  rmSync(base, { recursive: true, force: true })
}

export function makeFifo(path: string): void {
  execFileSync('mkfifo', [path])
}

export type Fetch = (target: string, options?: CallOptions) => Promise<TestResponse>

/** Asks an application, mounted at `/static`, as a server would; both sides of the contract are checked. */
export function fetchFrom(application: Application): Fetch {
  return async (target, options = {}) => {
    const validated = validate(mountedAtStatic(application))
    const response = await call(validated, target, options)
    validated.verify()
    return response
  }
}

/** An environ as the mount at `/static` leaves it. */
export function staticEnviron(target: string, options: CallOptions = {}): Environ {
  const environ = environFor(target, options)
  shift(environ)
  return environ
}

function mountedAtStatic(application: Application): Application {
  return (environ, startResponse) => {
    shift(environ)
    return application(environ, startResponse)
  }
}

function shift(environ: Environ): void {
  if (!/^\/static(?:\/|$)/.test(environ.PATH_INFO)) return
  environ.SCRIPT_NAME = '/static'
  environ.PATH_INFO = environ.PATH_INFO.slice('/static'.length)
}

function addTo(base: string, name: string, content: string | Uint8Array): void {
  const path = join(base, name)
  mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true })
  if (name.endsWith('/')) return
  if (typeof content === 'string' && content.startsWith('LINK ')) symlinkSync(content.slice(5), path)
  else writeFileSync(path, content)
}
