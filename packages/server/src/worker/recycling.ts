/** When a worker has done enough to be replaced. Knows counts; the master replaces it. */
import type { Config } from '../config/options.ts'

export class Recycling {
  #mostRequests: number
  readonly #mostMemory: number
  readonly #share: number

  constructor({ maxRequests, maxRequestsJitter, maxMemory }: Config) {
    this.#share = maxRequests
    this.#mostRequests = maxRequests === 0 ? Number.POSITIVE_INFINITY : maxRequests + jitter(maxRequestsJitter)
    this.#mostMemory = maxMemory === 0 ? Number.POSITIVE_INFINITY : maxMemory
  }

  /**
   * Why the worker should be replaced, if it should. Said once per share: a worker whose successor could not be
   * started serves on, and asks again after as many requests.
   */
  byRequests(requests: number): string | undefined {
    if (requests < this.#mostRequests) return undefined
    this.#mostRequests = requests + this.#share
    return `it has answered ${requests} requests`
  }

  /**
   * @param memory resident bytes of this process.
   * @param others resident bytes of the processes that were started for the application.
   */
  byMemory(memory: number, others: () => number): string | undefined {
    if (this.#mostMemory === Number.POSITIVE_INFINITY) return undefined
    const started = others()
    const total = memory + started
    if (total <= this.#mostMemory) return undefined
    const share = started === 0 ? '' : `, ${mebibytes(started)} of it in Python`
    return `it uses ${mebibytes(total)} of memory${share}`
  }
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`
}

function jitter(most: number): number {
  return Math.floor(Math.random() * (most + 1))
}
