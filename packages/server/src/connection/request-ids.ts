/**
 * Ids of requests, and of traces that begin with them. Drawn from a pool, because a call of the system's generator for each
 * request costs more than all else that is done for an id. Knows nothing of requests.
 */
import { randomFillSync } from 'node:crypto'

/** A draw: a UUID of version 4 (RFC 9562 §5.4), then a span id (W3C Trace Context §3.2.2.4). In hexadecimal, twice as long. */
const UUID_BYTES = 16
const DRAW_BYTES = UUID_BYTES + 8
const DRAW_CHARS = 2 * DRAW_BYTES
const DRAWS = 64

const bytes = Buffer.allocUnsafeSlow(DRAWS * DRAW_BYTES)
let pool = ''
/** Of the draw that was made last. */
let at = DRAWS * DRAW_CHARS

function refill(): void {
  randomFillSync(bytes)
  for (let uuid = 0; uuid < bytes.length; uuid += DRAW_BYTES) {
    bytes.writeUInt8((bytes.readUInt8(uuid + 6) & 0x0f) | 0x40, uuid + 6)
    bytes.writeUInt8((bytes.readUInt8(uuid + 8) & 0x3f) | 0x80, uuid + 8)
  }
  pool = bytes.toString('hex')
  at = 0
}

/** @returns a random UUID. */
export function newRequestId(): string {
  at += DRAW_CHARS
  if (at >= pool.length) refill()
  const part = (from: number, to: number) => pool.slice(at + from, at + to)
  return `${part(0, 8)}-${part(8, 12)}-${part(12, 16)}-${part(16, 20)}-${part(20, 32)}`
}

/** @returns where a trace begins that has the digits of the id that was made last; it is recorded. */
export function newTraceparent(): string {
  if (pool === '') newRequestId()
  return `00-${pool.slice(at, at + 32)}-${pool.slice(at + 32, at + DRAW_CHARS)}-01`
}
