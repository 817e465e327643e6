/**
 * Finds what `module:callable` names. Knows modules and exports; what kind of application it is, others tell.
 * Each of the ways it can fail is an operator's error of its own: not found, does not load, no such callable.
 */
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ConfigError } from '../config/config-error.ts'
import { nearest } from '../config/suggestion.ts'
import { isFile } from './file-kind.ts'
import { causeOf, stackOf } from './load-cause.ts'
import { hintOf } from './load-hints.ts'

/** Names of an application's export, where the target has none: the first that is there. */
const USUAL_NAMES = ['application', 'app', 'default'] as const
export const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cts', '.cjs'] as const

export interface Exported {
  readonly value: unknown
  /** `app.ts:app`: the module as it was written, and the name that was found in it. */
  readonly name: string
}

/**
 * Loads `app.ts`, `app.ts:site`, `app:site` or `app.ts:create_app("literal", 1)`, seen from the working directory.
 * @returns a function or an object.
 * @throws ConfigError
 */
export async function loadExport(target: string): Promise<Exported> {
  const wanted = parseTarget(target)
  return await exportOf(await importModule(wanted.module, locate(wanted.module)), wanted)
}

/**
 * Loads a file for itself.
 * @param version a module that was loaded before is loaded again with another version; what it imports is not.
 * @throws ConfigError
 */
export async function loadFileExport(file: string, version: number): Promise<Exported> {
  const module = relative(process.cwd(), file)
  delete createRequire(file).cache[file]
  const exported = await importModule(module, `${pathToFileURL(file).href}?version=${version}`)
  return await exportOf(exported, { module, names: USUAL_NAMES, literals: undefined })
}

async function exportOf(exported: object, wanted: Wanted): Promise<Exported> {
  const { module, literals } = wanted
  const { name, value } = await pick(exported, wanted)
  if (literals === undefined) return { value: usable(value, name, wanted), name: `${module}:${name}` }
  const built = await build(value, name, wanted)
  return { value: usable(built, name, wanted), name: `${module}:${name}()` }
}

interface Wanted {
  /** As the operator wrote it. */
  readonly module: string
  /** The first of these that is there; each a name, or names joined by dots. */
  readonly names: readonly string[]
  /** Arguments of a factory; `undefined` when it is no factory. */
  readonly literals: readonly unknown[] | undefined
}

/** Takes `module:callable` apart. A colon that no name follows belongs to the path. */
export function parseTarget(target: string): Wanted {
  const parts = /^(.+?)(?::([\p{ID_Start}$_][\p{ID_Continue}$.]*)(\(.*\))?)?$/su.exec(target)
  const [, module, name, call] = parts ?? []
  if (module === undefined || /^:|:\w*\(/.test(module)) {
    throw new ConfigError(`cannot read ${target}: say module, module:callable or module:factory()`)
  }
  const names = name === undefined ? USUAL_NAMES : [name]
  return { module, names, literals: call === undefined ? undefined : parseLiterals(call.slice(1, -1), target) }
}

function parseLiterals(text: string, target: string): readonly unknown[] {
  try {
    const literals: unknown = JSON.parse(`[${text}]`)
    if (Array.isArray(literals)) return literals
  } catch {
    // Reported below, with the rule.
  }
  throw new ConfigError(
    `cannot read the arguments in ${target}: a factory takes JSON literals, such as create_app("live", 2)`,
  )
}

async function importModule(module: string, url: string): Promise<object> {
  try {
    const exported: unknown = await import(url)
    return Object(exported)
  } catch (error) {
    const file = url.startsWith('file:') ? fileURLToPath(url) : undefined
    throw new ConfigError(`cannot load ${module}: ${causeOf(error)}${hintOf(error, file)}`, stackOf(error), error)
  }
}

/** A file seen from the working directory, with or without its extension; else an installed package. */
function locate(module: string): string {
  if (module.startsWith('file:')) return module
  const path = resolve(module)
  const file = [path, ...EXTENSIONS.map((extension) => path + extension)].find(isFile)
  if (file !== undefined) return pathToFileURL(file).href
  const installed = locateInstalled(module)
  if (installed !== undefined) return installed
  if (existsSync(path)) throw new ConfigError(`cannot load ${module}: it is a folder; name the file in it`)
  throw new ConfigError(`cannot find module ${module}: there is no ${path}${similarFile(path)}`)
}

function locateInstalled(module: string): string | undefined {
  if (!/^@?[\w-]/.test(module) || /\.[cm]?[jt]s$/.test(module)) return undefined
  try {
    const file = createRequire(join(process.cwd(), 'noop.js')).resolve(module)
    return file.startsWith('/') ? pathToFileURL(file).href : undefined
  } catch {
    return undefined
  }
}

function similarFile(path: string): string {
  const folder = dirname(path)
  if (!existsSync(folder)) return `, nor its folder`
  const names = namesIn(folder)
  const meant = nearest(basename(path), names) ?? nearest(basename(path), names.filter(isPythonName).map(withoutPy))
  return meant === undefined ? '' : `; did you mean ${relative(process.cwd(), join(folder, meant))}?`
}

/** What may not be looked at holds nothing to suggest. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** A Python module is named without its extension. */
function isPythonName(name: string): boolean {
  return name.endsWith('.py')
}

function withoutPy(name: string): string {
  return name.slice(0, -'.py'.length)
}

/**
 * A CommonJS module arrives as the default export of a namespace. TypeScript compiles `export default app` to an object
 * with `default` in it, and names that Node cannot find in the source are in it too.
 */
function unwrapped(value: unknown): unknown {
  return isCompiled(value) && 'default' in value ? value.default : value
}

function isCompiled(value: unknown): value is object {
  return typeof value === 'object' && value !== null && '__esModule' in value && value.__esModule === true
}

/** The namespace, or what a CommonJS module has assigned to `module.exports` if only that has the name. */
function holderOf(namespace: object, step: string): object {
  if (step in namespace || !('default' in namespace) || !('module.exports' in namespace)) return namespace
  const assigned = Object(namespace.default)
  return step in assigned ? assigned : namespace
}

async function pick(exported: object, wanted: Wanted): Promise<{ readonly name: string; readonly value: unknown }> {
  const [first = ''] = wanted.names
  const has = (step = '') => step in holderOf(exported, step)
  const name = wanted.names.find((candidate) => has(candidate.split('.', 1)[0])) ?? first
  let value: unknown = exported
  for (const step of name.split('.')) {
    const holder = value === exported ? holderOf(exported, step) : Object(value)
    if (!(step in holder)) throw noSuchCallable(step, holder, name, wanted)
    const next: unknown = Reflect.get(holder, step)
    // Not everything with a `then` is a promise: an application of Fastify has one.
    value = next instanceof Promise ? await next : next
  }
  return { name, value: unwrapped(value) }
}

function noSuchCallable(step: string, holder: object, name: string, wanted: Wanted): ConfigError {
  const names = Object.keys(holder)
  const callables = names.filter((candidate) => typeof Reflect.get(holder, candidate) === 'function')
  const meant = nearest(step, callables) ?? (callables.length === 1 ? callables[0] : undefined)
  const exports = names.length === 0 ? 'it exports nothing' : `it exports ${names.join(', ')}`
  const hint = meant === undefined ? '' : `; did you mean ${wanted.module}:${meant}?`
  return new ConfigError(`no callable "${name}" in ${wanted.module}: ${exports}${hint}`)
}

async function build(factory: unknown, name: string, wanted: Wanted): Promise<unknown> {
  if (typeof factory !== 'function') throw notUsable(factory, name, wanted)
  try {
    return await Reflect.apply(factory, undefined, wanted.literals ?? [])
  } catch (error) {
    const hint =
      factory.length > 0 && wanted.literals?.length === 0
        ? `; it takes ${factory.length} arguments and got none: leave the () out if it is the application itself`
        : ''
    const cause = `cannot load ${wanted.module}: ${name}() failed: ${causeOf(error)}${hint}`
    throw new ConfigError(cause, stackOf(error), error)
  }
}

function usable(value: unknown, name: string, wanted: Wanted): unknown {
  if (typeof value === 'function' || (typeof value === 'object' && value !== null)) return value
  throw notUsable(value, name, wanted)
}

function notUsable(value: unknown, name: string, { literals, module }: Wanted): ConfigError {
  const kind = value === null ? 'null' : Array.isArray(value) ? 'an array' : `of type ${typeof value}`
  const what = literals === undefined ? `"${name}"` : `what ${name}() returned`
  return new ConfigError(`no callable "${name}" in ${module}: ${what} is ${kind}, not a function`)
}
