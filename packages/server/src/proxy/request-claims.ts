/**
 * What a peer says of a request beside who its client is: its id (`X-Request-Id`), its trace (`traceparent`, W3C Trace Context)
 * and when the front took it (`X-Request-Start`). Strict: what is malformed counts as not sent. Knows fields, and no peer.
 */

/** What is believed of a request. */
export interface RequestClaims {
  readonly requestId: string | undefined
  /** Of version 00. */
  readonly traceparent: string | undefined
}

/** What stands in logs, shells and URLs without being quoted. */
const REQUEST_ID = /^[\w.~+/=:@-]{1,128}$/

export function readRequestId(value: string | undefined): string | undefined {
  return value !== undefined && REQUEST_ID.test(value) ? value : undefined
}

const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-((?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
/** The flags that version 00 knows: sampled; and random, of Level 2. */
const KNOWN_FLAGS = 0x03

/**
 * W3C Trace Context §3.2 and §4.3. A field that came twice has a comma, and is malformed.
 * @returns the same place as version 00 writes it; a later version may have more, which we cannot pass on.
 */
export function readTraceparent(value: string | undefined): string | undefined {
  const [, version, place, flags = '', rest] = TRACEPARENT.exec(value ?? '') ?? []
  if (version === undefined || (version === '00' && rest !== undefined)) return undefined
  if (version === '00') return value
  const known = Number.parseInt(flags, 16) & KNOWN_FLAGS
  return `00-${place}-${known.toString(16).padStart(2, '0')}`
}

const START = /^(?:t=)?(\d{1,19}(?:\.\d{1,9})?)$/
/** A time in seconds has at most so many digits before the point, in milliseconds, in microseconds; more are nanoseconds. */
const UNITS_MS = [
  { below: 1e11, unit: 1000 },
  { below: 1e14, unit: 1 },
  { below: 1e17, unit: 1e-3 },
  { below: Number.POSITIVE_INFINITY, unit: 1e-6 },
] as const
/** A request that waited longer has no client any more, and one from the future comes from another clock. */
const MAX_QUEUE_MS = 3_600_000
const MAX_CLOCK_SKEW_MS = 60_000

/**
 * How long a request waited before it came to us: milliseconds. Fronts write seconds with a fraction (`t=1700000000.123`, nginx),
 * milliseconds (Heroku), microseconds (Apache) or nanoseconds, each with or without `t=`.
 * @param receivedAt when its first byte came: milliseconds since the epoch.
 */
export function readQueueTime(value: string | undefined, receivedAt: number): number | undefined {
  const time = Number(START.exec(value ?? '')?.[1] ?? Number.NaN)
  const unit = UNITS_MS.find(({ below }) => time < below)?.unit
  if (unit === undefined) return undefined
  const waited = receivedAt - time * unit
  return waited > MAX_QUEUE_MS || waited < -MAX_CLOCK_SKEW_MS ? undefined : Math.max(0, waited)
}
