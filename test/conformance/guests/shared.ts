/** What the guests' applications have in common. Knows no framework. */
import { createHash } from 'node:crypto'

/** Bytes 0 to 255, repeated: 300 kB. */
export const BINARY: Uint8Array = Uint8Array.from({ length: 300_000 }, (_, i) => i % 256)

export function describeBody(bytes: Uint8Array, type: string | undefined): object {
  return { length: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex'), type: type ?? null }
}

export function sentCookies(): string[] {
  return ['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2037 07:28:00 GMT']
}

export function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

interface Log {
  /** Endless responses whose client has gone. */
  left: number
}

const counts: Log = { left: 0 }

/** One for all applications of this process. */
export function log(): Log {
  return counts
}
