/**
 * Finds the callable that `module:callable` names. Knows modules and exports, nothing of serving.
 * Each of the ways it can fail is an operator's error of its own: not found, does not load, no such callable.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Application } from '@tsgi/contract'
import { ConfigError } from '../config-error.ts'
import { nearest } from '../nearest.ts'

export const DEFAULT_CALLABLE = 'application'
const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cts', '.cjs'] as const

/**
 * Loads `app.ts`, `app.ts:site`, `app:site` or `app.ts:create_app("literal", 1)`, seen from the working directory.
 * @throws ConfigError
 */
export async function loadApplication(target: string): Promise<Application> {
  const wanted = parseTarget(target)
  const exported = await importModule(wanted.module)
  const value = await pick(exported, wanted)
  return wanted.literals === undefined ? callable(value, wanted) : callable(await build(value, wanted), wanted)
}

interface Wanted {
  /** As the operator wrote it. */
  readonly module: string
  /** A name, or names joined by dots. */
  readonly name: string
  /** Arguments of a factory; `undefined` when it is no factory. */
  readonly literals: readonly unknown[] | undefined
}

/** Takes `module:callable` apart. A colon that no name follows belongs to the path. */
export function parseTarget(target: string): Wanted {
  const parts = /^(.+?)(?::([\p{ID_Start}$_][\p{ID_Continue}$.]*)(\(.*\))?)?$/su.exec(target)
  const [, module, name = DEFAULT_CALLABLE, call] = parts ?? []
  if (module === undefined || /^:|:\w*\(/.test(module)) {
    throw new ConfigError(`cannot read ${target}: say module, module:callable or module:factory()`)
  }
  return { module, name, literals: call === undefined ? undefined : parseLiterals(call.slice(1, -1), target) }
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

async function importModule(module: string): Promise<object> {
  const url = locate(module)
  try {
    const exported: unknown = await import(url)
    return Object(exported)
  } catch (error) {
    throw new ConfigError(`cannot load ${module}: ${causeOf(error)}`, stackOf(error), error)
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

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
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
  const meant = nearest(basename(path), readdirSync(folder))
  return meant === undefined ? '' : `; did you mean ${relative(process.cwd(), join(folder, meant))}?`
}

async function pick(exported: object, wanted: Wanted): Promise<unknown> {
  let value: unknown = exported
  for (const name of wanted.name.split('.')) {
    const holder: object = Object(value)
    if (!(name in holder)) throw noSuchCallable(name, holder, wanted)
    value = await Reflect.get(holder, name)
  }
  return value
}

function noSuchCallable(name: string, holder: object, wanted: Wanted): ConfigError {
  const names = Object.keys(holder)
  const callables = names.filter((candidate) => typeof Reflect.get(holder, candidate) === 'function')
  const meant = nearest(name, callables) ?? (callables.length === 1 ? callables[0] : undefined)
  const exports = names.length === 0 ? 'it exports nothing' : `it exports ${names.join(', ')}`
  const hint = meant === undefined ? '' : `; did you mean ${wanted.module}:${meant}?`
  return new ConfigError(`no callable "${wanted.name}" in ${wanted.module}: ${exports}${hint}`)
}

async function build(factory: unknown, wanted: Wanted): Promise<unknown> {
  if (typeof factory !== 'function') throw notCallable(factory, wanted)
  try {
    return await Reflect.apply(factory, undefined, wanted.literals ?? [])
  } catch (error) {
    throw new ConfigError(
      `cannot load ${wanted.module}: ${wanted.name}() failed: ${causeOf(error)}`,
      stackOf(error),
      error,
    )
  }
}

function callable(value: unknown, wanted: Wanted): Application {
  if (typeof value !== 'function') throw notCallable(value, wanted)
  return value as Application // whether it keeps the contract shows when it is called
}

function notCallable(value: unknown, wanted: Wanted): ConfigError {
  const kind = value === null ? 'null' : Array.isArray(value) ? 'an array' : `of type ${typeof value}`
  const name = wanted.literals === undefined ? `"${wanted.name}"` : `what ${wanted.name}() returned`
  return new ConfigError(`no callable "${wanted.name}" in ${wanted.module}: ${name} is ${kind}, not a function`)
}

/** `SyntaxError: Unexpected token (app.ts:3:7)`: the error's own words, one line, and the place nearest to its origin. */
function causeOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const place = placeOf(error)
  return `${text.split('\n')[0]}${place === undefined ? '' : ` (${place})`}`
}

function placeOf(error: unknown): string | undefined {
  const stack = stackOf(error) ?? ''
  const place = /(?:file:\/\/)?(\/[^\s()]+?:\d+(?::\d+)?)\)?$/m.exec(stack.replace(/^.*node:internal.*$/gm, ''))?.[1]
  if (place === undefined) return undefined
  const path = place.replace(/(:\d+)+$/, '')
  const decoded = fileURLToPath(pathToFileURL(path))
  return relative(process.cwd(), decoded) + place.slice(path.length)
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined
}
