/**
 * The contract, checked while it runs (after Python's wsgiref.validate and Rack::Lint): `validate(application)` is the
 * same application, with a guard around everything that passes between it and the server. Only the main flow; the rules
 * are in validate-*.
 */
import type { Application, ApplicationLife } from './application.ts'
import type { Body } from './body.ts'
import { BreachRecord } from './breach-record.ts'
import { CheckedExchange } from './checked-exchange.ts'
import { ContractError, show } from './contract-error.ts'
import type { Environ } from './environ.ts'
import { guardEnviron } from './environ-guards.ts'
import type { StartResponse } from './start-response.ts'
import { abandon, guardBody } from './validate-body.ts'
import { findEnvironBreach, findLostKey } from './validate-environ.ts'
import { guardStartResponse } from './validate-start-response.ts'

export interface ValidateOptions {
  /**
   * Also checks the SHOULD clauses, and those that bind only a server and not every middleware: SPEC.md marks them
   * "strict". For an application directly below a server. @default false
   */
  readonly strict?: boolean | undefined
  /**
   * Called for every breach as soon as it is found, also for those that are thrown. With `onError`, the next call does
   * not throw a breach that was found too late for its own call.
   */
  readonly onError?: ((error: ContractError) => void) | undefined
}

/** A validated application: the application, and `verify` for breaches that show only at the end. */
export interface ValidatedApplication extends Application {
  /**
   * Throws the first breach found so far in any call, even if it was swallowed. Without one, throws the breach of a response that has
   * not ended (its body not closed, its iterator not returned). For the end of a test.
   * @throws {ContractError}
   */
  verify(): void
}

/**
 * Wraps an application so that both sides of the contract are checked at run time. Correct values pass through
 * unchanged: a synchronous string is the same string, synchronously; an array stays an array, a `FileBody` one.
 *
 * A breach is a `ContractError` with its clause. The server gets its own breaches from the call it made wrongly, and
 * the breaches of the application from the call of the application or of its body, even if the application swallowed them.
 * A later breach goes to `onError`, or else the next call throws it; `verify()` always throws it.
 *
 * @throws {ContractError} C2 when `application` is not a function, C88 when its `start` or `close` is not a function.
 */
export function validate(application: Application, options: ValidateOptions = {}): ValidatedApplication {
  if (typeof application !== 'function') {
    throw new ContractError('C2', 'application', `the application is ${show(application)}; it must be a function`)
  }
  const record = new BreachRecord(options.onError)
  const validated = (...given: [Environ, StartResponse]): Body | Promise<Body> => {
    record.throwUnseen()
    return callChecked(application, given, new CheckedExchange(given[0], options.strict === true, record))
  }
  return Object.assign(validated, lifeOf(application), { verify: () => record.verify() })
}

/** SPEC C88. @returns the `start`, `close` and `[Symbol.asyncDispose]` of the application. */
function lifeOf(application: Application): ApplicationLife {
  const life: Record<string | symbol, unknown> = {}
  for (const name of ['start', 'close', Symbol.asyncDispose] as const) {
    const value: unknown = Reflect.get(application, name)
    if (value === undefined) continue
    if (typeof value !== 'function') {
      const shown = typeof name === 'symbol' ? '[Symbol.asyncDispose]' : name
      throw new ContractError('C88', 'application', `${shown} is ${show(value)}; it must be a function, or absent`)
    }
    life[name] = () => Reflect.apply(value, application, [])
  }
  return life
}

function callChecked(
  application: Application,
  given: [Environ, StartResponse],
  exchange: CheckedExchange,
): Body | Promise<Body> {
  checkCall(given, exchange)
  const [environ, startResponse] = given
  const release = guardEnviron(environ, exchange)
  const reject = (error: unknown): never => {
    release()
    exchange.phase = 'ended'
    throw exchange.failure(error)
  }
  const accept = (body: unknown): Body => acceptBody(body, environ, exchange, release)
  let result: Body | Promise<Body>
  try {
    result = application(environ, guardStartResponse(startResponse, exchange))
  } catch (error) {
    return reject(error)
  }
  return isPromise(result) ? Promise.resolve(result).then(accept, reject) : accept(result)
}

function checkCall(given: readonly unknown[], exchange: CheckedExchange): void {
  const [environ, startResponse] = given
  if (given.length !== 2) {
    throw exchange.toCaller('C1', 'server', `the application was called with ${given.length} arguments; it takes two`)
  }
  if (typeof startResponse !== 'function') {
    throw exchange.toCaller('C1', 'server', `startResponse is ${show(startResponse)}; it must be a function`)
  }
  const breach = findEnvironBreach(environ)
  if (breach !== undefined) throw exchange.toCaller(breach.clause, 'server', breach.message)
}

function acceptBody(body: unknown, environ: Environ, exchange: CheckedExchange, release: () => void): Body {
  try {
    exchange.surface()
    const lost = findLostKey(environ)
    if (lost !== undefined) {
      throw exchange.toCaller('C8', 'application', `the application removed ${lost} from the environ; it must stay`)
    }
    return guardBody(body, exchange, release)
  } catch (error) {
    release()
    exchange.phase = 'ended'
    abandon(body)
    throw error
  }
}

function isPromise(result: unknown): result is PromiseLike<Body> {
  return typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function'
}
