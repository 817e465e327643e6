/**
 * What the operator reads of a failed exchange: one place that turns errors and values into text for the log.
 * A client never sees any of it.
 */

export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : `thrown: ${String(error)}`
}

export function describe(value: unknown): string {
  if (value === null || value === undefined) return `${value}`
  return typeof value === 'object' ? (value.constructor?.name ?? 'an object') : `a ${typeof value}`
}
/** A request target or a message may hold a client's octets: no control character of theirs reaches a terminal. */
export function printable(text: string): string {
  return text.replace(
    /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
