/**
 * `tsgi openapi app.ts`: prints the OpenAPI document of an application. The framework that the application is made with
 * writes it: its entry `openapi` is loaded from where the application stands. Knows a table by its shape, and no framework.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError } from '../config/config-error.ts'
import { isFile } from '../loader/file-kind.ts'
import { loadExport, parseTarget } from '../loader/load-export.ts'
import { isPython } from '../loader/python-target.ts'
import { print } from './output.ts'
import { type CommandStreams, parseOwn } from './subcommand-arguments.ts'

const USAGE = 'tsgi openapi MODULE[:CALLABLE] [--title TEXT] [--api-version TEXT] [--openapi 3.1|3.2] [--host NAME]'

const HELP = `Usage: ${USAGE}

  tsgi openapi app.ts > openapi.json

  --title TEXT        the title of the document [name in the nearest package.json]
  --api-version TEXT  the version of the application [version in the nearest package.json]
  --openapi VERSION   the version of OpenAPI, 3.1 or 3.2 [3.1]
  --host NAME         describe what this host answers [all hosts]
`

const FLAGS = {
  title: { type: 'string' },
  'api-version': { type: 'string' },
  openapi: { type: 'string' },
  host: { type: 'string' },
  help: { type: 'boolean' },
} as const

/** @returns the exit code: 0. @throws ConfigError (exit code 2) when there is no document to print. */
export async function openapiCommand(args: readonly string[], streams: CommandStreams = process): Promise<number> {
  const { values, positionals } = parseOwn(args, FLAGS, USAGE)
  const [target, ...rest] = positionals
  if (values.help === true) {
    await print(streams.stdout, HELP)
    return 0
  }
  if (target === undefined || rest.length > 0) throw new ConfigError(`name one application: ${USAGE}`)
  const application = isPython(target, {}) ? undefined : (await loadExport(target)).value
  if (typeof application !== 'function' || !('declarations' in application))
    throw new ConfigError(
      `${target} has no route table: it is not an Application of @tsgi/framework, or something is wrapped around one; name the Application itself`,
    )
  const describe = await describerFor(target)
  const about = packageAbove(dirname(resolve(parseTarget(target).module)))
  const info = { title: values.title ?? about.name, version: values['api-version'] ?? about.version }
  const options = {
    ...(values.openapi !== undefined && { version: values.openapi }),
    ...(values.host !== undefined && { host: values.host }),
  }
  await print(streams.stdout, `${JSON.stringify(documentBy(describe, application, info, options), undefined, 2)}\n`)
  return 0
}

type Describer = (application: unknown, info: object, options: object) => unknown

function documentBy(describe: Describer, ...given: Parameters<Describer>): unknown {
  try {
    return describe(...given)
  } catch (error) {
    // One line of the framework for what cannot be described.
    if (error instanceof TypeError && error.message.startsWith('openapi: '))
      throw new ConfigError(error.message.slice('openapi: '.length), undefined, error)
    throw error
  }
}

const ENTRY = '@tsgi/framework/openapi'

/** The framework of the application, or of the working directory where the application is an installed package. */
async function describerFor(target: string): Promise<Describer> {
  for (const folder of [dirname(resolve(parseTarget(target).module)), process.cwd()]) {
    const file = resolved(folder)
    if (file === undefined) continue
    const entry: unknown = await import(pathToFileURL(file).href)
    if (typeof entry === 'object' && entry !== null && 'openapi' in entry && typeof entry.openapi === 'function')
      return entry.openapi as Describer // the function of that name, which checks what it gets
  }
  throw new ConfigError(`${ENTRY} is not installed beside ${target}; install @tsgi/framework there`)
}

function resolved(folder: string): string | undefined {
  try {
    return createRequire(join(folder, 'noop.js')).resolve(ENTRY)
  } catch {
    return undefined
  }
}

/** Name and version in the nearest package.json; what it does not say has a plain default. */
function packageAbove(folder: string): { readonly name: string; readonly version: string } {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, 'package.json')
    if (isFile(path)) return nameAndVersion(path)
    if (dirname(at) === at) return DEFAULTS
  }
}

const DEFAULTS = { name: 'application', version: '0.0.0' }

function nameAndVersion(path: string): { readonly name: string; readonly version: string } {
  try {
    const about: unknown = JSON.parse(readFileSync(path, 'utf8'))
    const { name, version }: { name?: unknown; version?: unknown } = Object(about)
    return {
      name: typeof name === 'string' ? name : DEFAULTS.name,
      version: typeof version === 'string' ? version : DEFAULTS.version,
    }
  } catch (error) {
    throw new ConfigError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
