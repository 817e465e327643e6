/**
 * What the operator reads of a failed exchange: one place that turns errors and values into text for the log.
 * A client never sees any of it. Nothing here throws, for any value that an application threw or returned.
 */
import type { Environ, ErrorStream } from '@tsgi/contract'

/** An error with its stack and its causes; for other values what they are. */
export function describeError(error: unknown): string {
  try {
    return withCauses(error, 5)
  } catch {
    return 'thrown: a value that cannot be shown'
  }
}

function withCauses(error: unknown, depth: number): string {
  if (!(error instanceof Error)) return `thrown: ${String(error)}`
  const text = error.stack ?? `${error.name}: ${error.message}`
  return error.cause === undefined || depth === 0 ? text : `${text}\ncaused by ${withCauses(error.cause, depth - 1)}`
}

/** True for an error that only says that the client has gone. @param reason why `tsgi.signal` was aborted. */
export function isEcho(error: unknown, reason: Error | undefined): boolean {
  if (reason === undefined) return false
  try {
    return error instanceof Error && (error === reason || error.cause === reason || error.name === 'AbortError')
  } catch {
    return false // a proxy whose traps throw
  }
}

/** One entry of the operator's log. A log that cannot be written to must not cost the client its answer. */
export function writeEntry(errors: ErrorStream, text: string): void {
  try {
    errors.write(`${printable(text)}\n`)
  } catch {
    // As above: there is no other place to say it.
  }
}

/** Which request a line is about: ` [id=4bf92f35 route=/users/:id]`, as far as its environ says; else nothing. Safe in a log. */
export function requestLabel(environ: Environ): string {
  const { 'tsgi.request_id': id, 'tsgi.route': route } = environ
  // The application may have set anything.
  const named = typeof id === 'string' ? [`id=${id}`] : []
  if (typeof route === 'string') named.push(`route=${route}`)
  return named.length === 0 ? '' : ` [${printable(named.join(' ').replaceAll('\n', ' '))}]`
}

/** The kind of a value, for "the application returned …". */
export function describe(value: unknown): string {
  try {
    if (value === null || value === undefined) return `${value}`
    if (typeof value !== 'object') return `a ${typeof value}`
    return typeof value.constructor === 'function' ? value.constructor.name : 'an object'
  } catch {
    return 'an object'
  }
}

/**
 * Text that is safe in a log and on a terminal: a request target or a message may hold bytes of a client. Control and
 * format characters are escaped; a continued line is indented, so that a client cannot forge the beginning of an entry.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    if (character === '\n') return '\n  '
    return code <= 0xff ? `\\x${hex(code, 2)}` : code <= 0xffff ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 5)}}`
  })
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}
