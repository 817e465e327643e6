/**
 * Puts a guard around every object and function of the environ that an application may call, in the environ itself,
 * and removes the guards when the response has ended. Each guard has its own rules.
 */
import type { CheckedExchange } from './checked-exchange.ts'
import { show } from './contract-error.ts'
import type { Environ, ErrorStream, RateLimit, RateLimiter, Upgraded } from './environ.ts'
import type { HeaderList } from './start-response.ts'
import { findHeadersBreach, findUpgradeBreach } from './validate-head.ts'
import { GuardedInput } from './validate-input.ts'
import { guardWrite } from './validate-start-response.ts'
import { guardTrailers } from './validate-trailers.ts'
import { guardWebSocket } from './validate-websocket.ts'

/**
 * Guards the objects and functions of an environ.
 * @returns a function that restores the original values, except keys that the application has replaced meanwhile.
 */
export function guardEnviron(environ: Environ, exchange: CheckedExchange): () => void {
  const {
    'tsgi.early_hints': earlyHints,
    'tsgi.flush_head': flushHead,
    'tsgi.after_response': afterResponse,
    'tsgi.trailers': trailers,
    'tsgi.upgrade': upgrade,
    'tsgi.rate_limit': rateLimit,
    'tsgi.websocket': websocket,
  } = environ
  const guards: [key: string, guard: unknown][] = [
    ['wsgi.input', new GuardedInput(environ['wsgi.input'], environ.CONTENT_LENGTH, exchange)],
    ['wsgi.errors', guardErrors(environ['wsgi.errors'], exchange)],
  ]
  if (earlyHints !== undefined) guards.push(['tsgi.early_hints', guardEarlyHints(earlyHints, exchange)])
  if (flushHead !== undefined) guards.push(['tsgi.flush_head', guardFlushHead(flushHead, exchange)])
  if (afterResponse !== undefined) guards.push(['tsgi.after_response', guardAfterResponse(afterResponse, exchange)])
  if (trailers !== undefined) guards.push(['tsgi.trailers', guardTrailers(trailers, exchange)])
  if (upgrade !== undefined) {
    guards.push(['tsgi.upgrade', guardUpgrade(upgrade, environ.HTTP_UPGRADE, exchange)])
  }
  if (rateLimit !== undefined) guards.push(['tsgi.rate_limit', guardRateLimit(rateLimit, exchange)])
  if (websocket !== undefined) guards.push(['tsgi.websocket', guardWebSocket(websocket, environ, exchange)])
  const before = guards.map(([key, guard]) => ({ key, guard, original: environ[key] }))
  for (const { key, guard } of before) environ[key] = guard
  return () => {
    for (const { key, guard, original } of before) if (environ[key] === guard) environ[key] = original
  }
}

/** SPEC C46. */
function guardErrors(errors: ErrorStream, exchange: CheckedExchange): ErrorStream {
  const refuse = (message: string) => exchange.toApplication('C46', 'application', message)
  return {
    write(text) {
      if (typeof text !== 'string') throw refuse(`wsgi.errors.write got ${show(text)}; it takes a string`)
      errors.write(text)
    },
    writelines(lines: unknown) {
      const list = isIterable(lines) ? [...lines] : undefined
      if (list === undefined || !list.every((line) => typeof line === 'string')) {
        throw refuse(`wsgi.errors.writelines got ${show(lines)}; it takes an iterable of strings`)
      }
      errors.writelines(list)
    },
    flush() {
      errors.flush()
    },
  }
}

/** A string is also iterable; passed as lines it is always a mistake. */
function isIterable(lines: unknown): lines is Iterable<unknown> {
  return typeof lines === 'object' && lines !== null && Symbol.iterator in lines
}

/** SPEC C32. */
function guardEarlyHints(earlyHints: (headers: HeaderList) => void, exchange: CheckedExchange) {
  return (headers: HeaderList) => {
    const breach = findHeadersBreach(headers)
    if (breach !== undefined) {
      throw exchange.toApplication('C32', 'application', `tsgi.early_hints: ${breach.message} (${breach.clause})`)
    }
    earlyHints(headers)
  }
}

/** SPEC C91: an argument is a mistake, perhaps a head. */
function guardFlushHead(flushHead: () => void, exchange: CheckedExchange) {
  return (...given: unknown[]) => {
    if (given.length > 0) {
      const message = `tsgi.flush_head got ${show(given[0])}; it takes no argument`
      throw exchange.toApplication('C91', 'application', message)
    }
    flushHead()
  }
}

/** SPEC C86. */
function guardUpgrade(
  upgrade: (headers: HeaderList) => Upgraded,
  offered: string | undefined,
  exchange: CheckedExchange,
) {
  return (headers: HeaderList): Upgraded => {
    const breach = findUpgradeBreach(headers, offered)
    if (breach !== undefined) {
      throw exchange.toApplication('C86', 'application', `tsgi.upgrade: ${breach.message} (${breach.clause})`)
    }
    if (exchange.head !== undefined || exchange.phase !== 'called') {
      const message = 'tsgi.upgrade was called after the response had begun; it must be called in its place'
      throw exchange.toApplication('C86', 'application', message)
    }
    const { input, write } = upgrade(headers)
    exchange.upgrade()
    return { input: new GuardedInput(input, undefined, exchange), write: guardWrite(write, exchange) }
  }
}

type Task = () => void | Promise<void>

/** SPEC C33. */
function guardAfterResponse(afterResponse: (task: Task) => void, exchange: CheckedExchange) {
  return (task: Task) => {
    if (typeof task !== 'function') {
      throw exchange.toApplication('C33', 'application', `tsgi.after_response got ${show(task)}; it takes a function`)
    }
    afterResponse(onlyOnce(task, exchange))
  }
}

function onlyOnce(task: Task, exchange: CheckedExchange): Task {
  let runs = 0
  return () => {
    runs += 1
    if (runs > 1)
      throw exchange.toCaller('C33', 'server', 'a task of tsgi.after_response was run twice; once is enough')
    // A client that leaves ends the response also while the application is still at work.
    if (exchange.phase === 'called' && !exchange.clientGone()) {
      throw exchange.toCaller('C33', 'server', 'a task of tsgi.after_response was run before the application returned')
    }
    return task()
  }
}

/** SPEC C95. */
function guardRateLimit(rateLimit: RateLimiter, exchange: CheckedExchange): RateLimiter {
  return async (key, limit, milliseconds) => {
    const isRight = typeof key === 'string' && isCountable(limit) && isCountable(milliseconds)
    if (!isRight) {
      const given = [key, limit, milliseconds].map(show).join(', ')
      const message = `tsgi.rate_limit got ${given}; it takes a string and two whole numbers from 1`
      throw exchange.toApplication('C95', 'application', message)
    }
    const result: unknown = await rateLimit(key, limit, milliseconds)
    if (!isRateLimit(result)) {
      const message = `tsgi.rate_limit gave ${show(result)}; it must give isAllowed, remaining, resetMs and retryMs`
      throw exchange.toApplication('C95', 'server', message)
    }
    return result
  }
}

function isCountable(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1
}

function isRateLimit(value: unknown): value is RateLimit {
  if (typeof value !== 'object' || value === null || typeof Reflect.get(value, 'isAllowed') !== 'boolean') return false
  return ['remaining', 'resetMs', 'retryMs'].every((name) => {
    const number: unknown = Reflect.get(value, name)
    return typeof number === 'number' && number >= 0
  })
}
