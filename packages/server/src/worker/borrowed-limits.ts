/**
 * `tsgi.rate_limit` of a worker: borrows shares of a limit from the master, which counts for all workers. One message is under way
 * at a time; requests that come meanwhile wait for the next one and travel together. Knows messages, no requests.
 */
import type { RateLimit, RateLimiter } from '@tsgi/contract'
import type { ToMaster, ToWorker } from '../ipc/messages.ts'
import { boundedKey, type Count, type Counted } from '../rates/rate-counts.ts'

/** How long the master may take: it answers in less than a millisecond, and in a moment after it was stopped. */
const ANSWER_TIMEOUT_MS = 5_000

/** Refusals that are remembered; all are forgotten when there are more. */
const MAX_REFUSALS = 10_000

interface Waiting {
  readonly count: Omit<Count, 'requests'>
  readonly takers: PromiseWithResolvers<RateLimit>[]
}

/** A key that is used up. */
interface Refusal {
  readonly until: number
  readonly resetAt: number
}

export class BorrowedLimits {
  readonly #send: (message: ToMaster) => void
  readonly #now: () => number
  #id = 0
  #waiting = new Map<string, Waiting>()
  /** What the message under way asks for. */
  #asked: readonly Waiting[] | undefined
  #timer: NodeJS.Timeout | undefined
  /** The master's counts never shrink before their time, so a worker need not ask again until then. */
  readonly #refusals = new Map<string, Refusal>()

  /** @param now the time in milliseconds. */
  constructor(send: (message: ToMaster) => void, now: () => number = () => performance.now()) {
    this.#send = send
    this.#now = now
  }

  /** Rejects if the master does not answer in time. */
  readonly take: RateLimiter = (given, limit, milliseconds) => {
    if (!isCountable(limit) || !isCountable(milliseconds) || typeof given !== 'string')
      return Promise.reject(new TypeError('tsgi.rate_limit takes a key and two whole numbers from 1 (SPEC C95)'))
    const key = boundedKey(given)
    const place = `${limit}/${milliseconds}/${key}`
    const refused = this.#refusalOf(place)
    if (refused !== undefined) return Promise.resolve(refused)
    const waiting = this.#waiting.get(place) ?? { count: { key, limit, span: milliseconds }, takers: [] }
    const taker = Promise.withResolvers<RateLimit>()
    waiting.takers.push(taker)
    this.#waiting.set(place, waiting)
    this.#ask()
    return taker.promise
  }

  /** The master has answered. */
  taken({ id, results }: Extract<ToWorker, { type: 'taken' }>): void {
    const asked = this.#asked
    if (asked === undefined || id !== this.#id) return
    this.#end()
    for (const [index, waiting] of asked.entries()) {
      const result = results[index]
      if (result === undefined) reject(waiting, 'the master did not count these requests')
      else this.#share(waiting, result)
    }
    this.#ask()
  }

  #ask(): void {
    if (this.#asked !== undefined || this.#waiting.size === 0) return
    const asked = [...this.#waiting.values()]
    this.#waiting = new Map()
    this.#asked = asked
    this.#id += 1
    this.#timer = setTimeout(() => this.#late(asked), ANSWER_TIMEOUT_MS)
    const counts = asked.map(({ count, takers }) => ({ ...count, requests: takers.length }))
    this.#send({ type: 'take', id: this.#id, counts })
  }

  #end(): void {
    clearTimeout(this.#timer)
    this.#asked = undefined
  }

  #late(asked: readonly Waiting[]): void {
    this.#end()
    for (const waiting of asked) reject(waiting, `the master did not count within ${ANSWER_TIMEOUT_MS} ms`)
    this.#ask()
  }

  /** The first that came are the first that may. */
  #share({ count, takers }: Waiting, { allowed, remaining, resetMs, retryMs }: Counted): void {
    for (const [index, taker] of takers.entries()) {
      const isAllowed = index < allowed
      const left = isAllowed ? remaining + allowed - index - 1 : remaining
      taker.resolve({ isAllowed, remaining: left, resetMs, retryMs: isAllowed ? 0 : retryMs })
    }
    if (retryMs <= 0) return
    if (this.#refusals.size >= MAX_REFUSALS) this.#refusals.clear()
    const now = this.#now()
    const place = `${count.limit}/${count.span}/${count.key}`
    this.#refusals.set(place, { until: now + retryMs, resetAt: now + resetMs })
  }

  #refusalOf(place: string): RateLimit | undefined {
    const refusal = this.#refusals.get(place)
    if (refusal === undefined) return undefined
    const now = this.#now()
    if (now >= refusal.until) {
      this.#refusals.delete(place)
      return undefined
    }
    return { isAllowed: false, remaining: 0, resetMs: refusal.resetAt - now, retryMs: refusal.until - now }
  }
}

function reject({ takers }: Waiting, reason: string): void {
  for (const taker of takers) taker.reject(new Error(reason))
}

function isCountable(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1
}
