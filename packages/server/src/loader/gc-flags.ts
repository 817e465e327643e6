/**
 * How a worker sets V8's collector for the kind of application that it hosts. V8 does not promise to keep these flags: set
 * only by our own worker, and only where V8 is known to have them; an older one would say so on stderr.
 */
import { setFlagsFromString } from 'node:v8'

/**
 * For Python: large bodies pass through memory outside of V8's heap. By default V8 collects all of its heap for each
 * 25 MiB of that, which was half of the front's time; with this flag the limit grows with what is in use (decision 41).
 */
export function countOutsideMemory(): void {
  if (isKnownVersion()) setFlagsFromString('--external-memory-accounted-in-global-limit')
}

/**
 * For Node handlers: V8 puts objects that have often lived long at once where only a full collection finds them; there, a
 * message object that is no longer needed keeps alive what it was made of, and that survives, and so on (decision 12).
 */
export function keepObjectsYoung(): void {
  if (isKnownVersion()) setFlagsFromString('--no-allocation-site-pretenuring')
}

function isKnownVersion(): boolean {
  return Number.parseInt(process.versions.v8, 10) >= 14
}
