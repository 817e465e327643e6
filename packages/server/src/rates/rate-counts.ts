/**
 * Counts requests under keys, for limits in a sliding span of time: what `tsgi.rate_limit` promises (SPEC C95). Held by the
 * process that counts for all: the master, or the one of `serve()`. Its memory is bounded. Knows no messages.
 */
import { createHash } from 'node:crypto'
import { SlidingCount } from './sliding-count.ts'

/** What became of a number of requests under one key. */
export interface Counted {
  /** How many of them are within the limit. */
  readonly allowed: number
  /** Requests that may follow at once. */
  readonly remaining: number
  /** Milliseconds until all of the limit is there again. */
  readonly resetMs: number
  /** Milliseconds until the next request may come; 0 if all were allowed. */
  readonly retryMs: number
}

/** Requests to be counted under one key. */
export interface Count {
  readonly key: string
  readonly limit: number
  /** Milliseconds. */
  readonly span: number
  /** How many requests. */
  readonly requests: number
}

/** Keys that have a count of their own. */
const MAX_KEYS = 65_536

/** Counts that the further keys of one limit share, by a hash of the key. */
const MAX_SHARED_COUNTS = 4096

/** A longer key is replaced by its hash. */
const MAX_KEY_CHARS = 128

/** How often counts that are over are looked for, while keys come in. */
const SWEEP_INTERVAL_MS = 1_000

/**
 * At most `maxKeys` keys have a count of their own. While they are all in use, a further key shares a count with others: it
 * may be refused early, and is never allowed more than its limit. So no client can drop the count of another, or its own.
 * Beyond twice as many counts, which takes many limits, requests under new keys are refused.
 */
export class RateCounts {
  readonly #counts = new Map<string, SlidingCount>()
  readonly #maxKeys: number
  readonly #maxShared: number
  readonly #now: () => number
  #sweptAt = Number.NEGATIVE_INFINITY

  /** @param now the time in milliseconds; a clock that never goes back. */
  constructor({ maxKeys = MAX_KEYS, maxShared = MAX_SHARED_COUNTS, now = () => performance.now() } = {}) {
    this.#maxKeys = maxKeys
    this.#maxShared = maxShared
    this.#now = now
  }

  /** Counts that are held now. */
  get size(): number {
    return this.#counts.size
  }

  take({ key, limit, span, requests }: Count): Counted {
    const now = this.#now()
    if (now - this.#sweptAt >= SWEEP_INTERVAL_MS) this.#sweep(now)
    const count = this.#countOf(`${limit}/${span}/`, boundedKey(key), span)
    if (count === undefined) return { allowed: 0, remaining: 0, resetMs: SWEEP_INTERVAL_MS, retryMs: SWEEP_INTERVAL_MS }
    const allowed = count.take(requests, limit, now)
    return {
      allowed,
      remaining: Math.max(0, limit - count.total),
      resetMs: count.resetMs(now),
      retryMs: allowed === requests ? 0 : count.retryMs(now),
    }
  }

  #countOf(policy: string, key: string, span: number): SlidingCount | undefined {
    const isShared = !this.#counts.has(policy + key) && this.#counts.size >= this.#maxKeys
    const place = isShared ? `shared ${policy}${hashOf(key) % this.#maxShared}` : policy + key
    const known = this.#counts.get(place)
    if (known !== undefined) return known
    if (this.#counts.size >= 2 * this.#maxKeys) return undefined
    const count = new SlidingCount(span)
    this.#counts.set(place, count)
    return count
  }

  /** Forgets what no longer counts. */
  #sweep(now: number): void {
    this.#sweptAt = now
    for (const [place, count] of this.#counts) if (count.isOver(now)) this.#counts.delete(place)
  }
}

/** Clients choose keys: a header may be one. A bounded key stays as it is. */
export function boundedKey(key: string): string {
  return key.length <= MAX_KEY_CHARS ? key : createHash('sha256').update(key).digest('base64url')
}

function hashOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0)
}
