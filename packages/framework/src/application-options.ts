/**
 * The options of an application beside its routes, and the checks of them: a mistake in JavaScript, or in an object that no
 * compiler has seen, is reported as one in a route is. Knows options; knows no route.
 */
import type { Middleware } from '@tsgi/contract'
import type { ErrorHandlers } from './errors/error-handler.ts'
import { middlewareProblem } from './routing/compose.ts'
import type { StaticOptions } from './static-files.ts'

/** What an `Application` takes beside its routes. */
export interface ApplicationOptions extends ErrorHandlers {
  /** A folder to serve under `/static`, before any route; `{ root, … }` with the options of `staticFiles`. Default false. */
  readonly static?: string | false | (StaticOptions & { readonly root: string | readonly string[] })
  /** Whether `/Users` and `/users` differ; in ASCII. Default true. */
  readonly caseSensitive?: boolean
  /** Whether `/users/` matches `/users`: `strict` no, `optional` yes. Default `strict`. */
  readonly trailingSlash?: 'strict' | 'optional'
  /** Around all of it, outermost first: what is answered for errors and by `static` goes through it too. */
  readonly middleware?: readonly Middleware[]
  /** The most bytes of a body that a view may read. @default 1 MiB */
  readonly bodyLimit?: number
  /** Whether answers are held against all that their response schema says. Default: unless NODE_ENV is `production`. */
  readonly check?: boolean
  /**
   * What becomes of entries that overlap in part (see `ambiguities`): `refuse` makes them errors, `warn` writes a line
   * for each to the console, `allow` says nothing. Default `warn`, in production `allow`.
   */
  readonly onAmbiguity?: 'refuse' | 'warn' | 'allow'
  /**
   * Called once per process, before the first request and after all that is mounted has started (SPEC C89). When it
   * fails, the server does not serve the application.
   * @example new Application(routes, { start: () => pool.connect(), close: () => pool.end() })
   */
  readonly start?: () => void | PromiseLike<void>
  /** Called once per process, after the last response and before what is mounted is closed (SPEC C89). */
  readonly close?: () => void | PromiseLike<void>
}

/** One line for each option that cannot be. */
export function optionProblems(options: ApplicationOptions): readonly string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) return []
    const check = isKnown(name) ? CHECKS[name] : undefined
    if (check === undefined) return [`options: unknown option "${name}"; there are ${Object.keys(CHECKS).join(', ')}`]
    const problem = check(value)
    return problem === undefined ? [] : [`options: ${problem}`]
  })
}

function isKnown(name: string): name is keyof ApplicationOptions {
  return Object.hasOwn(CHECKS, name)
}

/** Says what is wrong with a value. */
type Check = (value: unknown) => string | undefined

const CHECKS: Readonly<Record<keyof ApplicationOptions, Check>> = {
  static: () => undefined, // a file of its own looks at it
  caseSensitive: oneOf('caseSensitive', true, false),
  trailingSlash: oneOf('trailingSlash', 'strict', 'optional'),
  middleware: middlewareProblem,
  bodyLimit: (value) =>
    Number.isSafeInteger(value) && Number(value) >= 0
      ? undefined
      : `bodyLimit is ${String(value)}; it must be a whole number of bytes, 0 or more`,
  check: oneOf('check', true, false),
  onAmbiguity: oneOf('onAmbiguity', 'refuse', 'warn', 'allow'),
  start: functionAs('start'),
  close: functionAs('close'),
  notFound: functionAs('notFound'),
  onError: functionAs('onError'),
  errorPage: functionAs('errorPage'),
}

function oneOf(name: string, ...values: readonly unknown[]): Check {
  return (value) =>
    values.includes(value) ? undefined : `${name} is ${String(value)}; it must be ${values.map(String).join(' or ')}`
}

function functionAs(name: string): Check {
  return (value) => (typeof value === 'function' ? undefined : `${name} is ${typeof value}, not a function`)
}
