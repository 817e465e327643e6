/**
 * `--middleware guards.ts`: contract middleware round whatever is served, Python and Express included. Knows the shape of
 * such a module; what its middleware does is its own.
 */
import type { Application, Middleware } from '@tsgi/contract'
import { ConfigError } from '../config/config-error.ts'
import { causeOf, stackOf } from './load-cause.ts'
import { loadExport } from './load-export.ts'

/**
 * @param module a file whose default export is a list of middleware, the outermost first, or one of them.
 * @throws ConfigError
 */
export async function withMiddleware(module: string, application: Application): Promise<Application> {
  const { value, name } = await loadExport(/:[\p{ID_Start}$_][^/]*$/u.test(module) ? module : `${module}:default`)
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.reduceRight<Application>(
    (inner, middleware, at) => applied(middleware, inner, `${name}[${at}]`),
    application,
  )
}

function applied(middleware: unknown, inner: Application, name: string): Application {
  if (typeof middleware !== 'function')
    throw new ConfigError(`--middleware: ${name} is no function: export default a list of (application) => application`)
  let outer: unknown
  try {
    outer = (middleware as Middleware)(inner) // whether it is one is seen by what it returns
  } catch (error) {
    throw new ConfigError(`--middleware: ${name} failed: ${causeOf(error)}`, stackOf(error), error)
  }
  if (typeof outer === 'function') return outer as Application
  throw new ConfigError(
    `--middleware: ${name} returned ${outer instanceof Promise ? 'a promise' : typeof outer}, not an application; is it an application itself?`,
  )
}
