/**
 * The young collector, called when enough bytes have passed. Buffers that were read from a socket, or that an application
 * made to be sent, lie outside of V8's heap: a long body fills the memory with dead ones before the heap shows it, and V8
 * then marks the whole heap, again and again. Collecting the young ones after a few MiB costs a fraction of a millisecond
 * and leaves nothing to mark (docs/decisions/0070). One per worker; knows no connection.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes of buffers between two collections. */
const GC_INTERVAL_BYTES = 4 * 1024 * 1024
/** The same while the buffers are kept, by a body that is read whole: to look at them costs ten times as much, and frees nothing. */
const MAX_GC_INTERVAL_BYTES = 4 * GC_INTERVAL_BYTES

export type CollectYoung = (options: { readonly type: 'minor' }) => void

export class MinorGc {
  readonly #find: () => CollectYoung | undefined
  readonly #measure: () => number
  /** Undefined until it is needed; null if the runtime offers no collection. */
  #collect: CollectYoung | undefined | null
  #bytes = 0
  #interval = GC_INTERVAL_BYTES

  /** @param measure the bytes that all buffers have now. */
  constructor(find: () => CollectYoung | undefined = youngCollector, measure = bufferBytes) {
    this.#find = find
    this.#measure = measure
  }

  /** So many bytes came, or left, in a buffer of their own. */
  passed(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes >= this.#interval) this.#run()
  }

  /** So many of the bytes that have passed are not there any more. */
  freed(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes - bytes)
  }

  /** A collection that finds less than half of the bytes dead is made half as often from then on. */
  #run(): void {
    if (this.#collect === undefined) this.#collect = this.#find() ?? null
    const before = this.#measure()
    this.#collect?.({ type: 'minor' })
    const isWorthwhile = before - this.#measure() >= this.#bytes / 2
    this.#interval = isWorthwhile ? GC_INTERVAL_BYTES : Math.min(this.#interval * 2, MAX_GC_INTERVAL_BYTES)
    this.#bytes = 0
  }
}

function bufferBytes(): number {
  return process.memoryUsage().arrayBuffers
}

/** V8's own `gc`, which it gives to contexts made while the flag is set: no other code of the process gets to see it. */
export function youngCollector(): CollectYoung | undefined {
  if (typeof globalThis.gc === 'function') return globalThis.gc // the process was started with --expose-gc
  try {
    setFlagsFromString('--expose-gc')
    const collect: unknown = runInNewContext('gc')
    return typeof collect === 'function' ? (options) => void collect(options) : undefined
  } catch {
    return undefined // a runtime without it collects when it likes
  } finally {
    setFlagsFromString('--no-expose-gc')
  }
}
