/**
 * The guard around `startResponse` and the `write` it returns (SPEC C47–C63, C76). Called by the application.
 */
import type { Chunk, Write } from './body.ts'
import type { CheckedExchange } from './checked-exchange.ts'
import { show } from './contract-error.ts'
import type { HeaderList, StartResponse } from './start-response.ts'
import { findHeadBreach } from './validate-head.ts'

/** The server's `startResponse`, checked in both directions. */
export function guardStartResponse(startResponse: StartResponse, exchange: CheckedExchange): StartResponse {
  return (...given: [string, HeaderList, unknown?]) => {
    checkCall(given, exchange)
    const [status, headers, error] = given
    const write = callServer(startResponse, status, headers, error, exchange)
    exchange.begin(status, headers)
    return guardWrite(write, exchange)
  }
}

function checkCall(given: readonly unknown[], exchange: CheckedExchange): void {
  const [status, headers, error] = given
  if (given.length < 2 || given.length > 3) {
    const message = `startResponse was called with ${given.length} arguments; it takes status, headers and perhaps error`
    throw exchange.toApplication('C47', 'application', message)
  }
  if (exchange.phase === 'ended') {
    throw exchange.toApplication('C52', 'application', 'startResponse was called after the response had ended')
  }
  const breach = findHeadBreach(status, headers)
  if (breach !== undefined) throw exchange.toApplication(breach.clause, 'application', breach.message)
  if (exchange.head !== undefined && isAbsent(error)) {
    throw exchange.toApplication('C49', 'application', 'startResponse was called twice; a second call must give error')
  }
}

/** The None of PEP 3333 counts as not given. */
function isAbsent(error: unknown): boolean {
  return error === undefined || error === null
}

function callServer(
  startResponse: StartResponse,
  status: string,
  headers: HeaderList,
  error: unknown,
  exchange: CheckedExchange,
): Write {
  if (isAbsent(error)) return checkWrite(startResponse(status, headers), exchange)
  let write: Write
  try {
    write = startResponse(status, headers, error)
  } catch (thrown) {
    if (thrown === error || exchange.head === undefined) throw thrown
    const message = `startResponse threw ${show(thrown)}; with an error it must throw that very error, or nothing`
    throw exchange.toApplication('C51', 'server', message)
  }
  if (exchange.strict && exchange.bytes > 0) {
    throw exchange.toApplication('C51', 'server', 'startResponse took a new head after bytes were sent; it must throw')
  }
  return checkWrite(write, exchange)
}

function checkWrite(write: Write, exchange: CheckedExchange): Write {
  if (typeof write === 'function') return write
  throw exchange.toApplication('C54', 'server', `startResponse returned ${show(write)}; it must return write`)
}

/** SPEC C54, C76. */
export function guardWrite(write: Write, exchange: CheckedExchange): Write {
  return (chunk: Chunk) => {
    try {
      return writeChecked(write, chunk, exchange)
    } catch (error) {
      const rejected = Promise.reject(error)
      rejected.catch(() => {}) // no unhandled rejection: the caller gets the breach anyway, and an application need not await its writes
      return rejected
    }
  }
}

function writeChecked(write: Write, chunk: Chunk, exchange: CheckedExchange): Promise<void> {
  if (exchange.phase !== 'called') {
    const message = 'write was called after the application had returned its body; it must be used before'
    throw exchange.toApplication('C76', 'application', message)
  }
  const breach = exchange.takeChunk(chunk)
  if (breach !== undefined) throw exchange.toApplication(breach[0], 'application', breach[1])
  const written: unknown = write(chunk)
  if (written instanceof Promise) return written
  throw exchange.toApplication('C54', 'server', `write returned ${show(written)}; it must return a promise`)
}
