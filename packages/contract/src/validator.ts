/**
 * The contract, checked while it runs (after Python's wsgiref.validate and Rack::Lint): `validate(application)` is the
 * same application, with a guard at every door between it and the server. Only the spine; the rules are in validate-*.
 */
import type { Application, ApplicationLife } from './application.ts'
import type { Body } from './body.ts'
import { BreachRecord } from './breach-record.ts'
import { CheckedExchange } from './checked-exchange.ts'
import { ContractError, show } from './contract-error.ts'
import type { Environ } from './environ.ts'
import type { StartResponse } from './start-response.ts'
import { abandon, guardBody } from './validate-body.ts'
import { findEnvironBreach, findLostKey } from './validate-environ.ts'
import { guardEnviron } from './validate-environ-doors.ts'
import { guardStartResponse } from './validate-start-response.ts'

export interface ValidateOptions {
  /**
   * Also checks what should be, and what only a server owes and not every middleware: the clauses that SPEC.md marks
   * "strict". For an application right below a server. Default false.
   */
  readonly strict?: boolean | undefined
  /**
   * Told of every breach the moment it is found, also of those that are thrown. With it, a breach that came too late
   * to be thrown in its own call is not thrown in the next one.
   */
  readonly onError?: ((error: ContractError) => void) | undefined
}

/** A validated application: the application, and `verify` for what only the end shows. */
export interface ValidatedApplication extends Application {
  /**
   * Throws the first breach found so far in any call, whoever swallowed it; or else, if a response has not ended (its
   * body not closed, its iterator not returned), the breach of that. For the end of a test.
   * @throws {ContractError}
   */
  verify(): void
}

/**
 * Wraps an application so that both sides of the contract are checked at run time. What is right passes through
 * unchanged: a synchronous string is the same string, synchronously; an array stays an array, a `FileBody` one.
 *
 * A breach is a `ContractError` with its clause. The server gets its own breaches from the call it made wrongly, and
 * the application's from the call of the application or of its body, also when the application swallowed them. A
 * breach too late for that goes to `onError`, or else is thrown by the next call; `verify()` throws it in any case.
 *
 * @throws {ContractError} C2 when `application` is not a function, C88 when its `start` or `close` is none.
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

/** SPEC C88. @returns the same ends of its life. */
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
