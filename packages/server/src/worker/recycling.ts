/** When a worker has done enough to be replaced. Knows counts; how replacing goes is the master's. */
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

  /** @param memory resident octets. */
  byMemory(memory: number): string | undefined {
    return memory > this.#mostMemory ? `it uses ${Math.round(memory / 1024 ** 2)} MiB of memory` : undefined
  }
}

function jitter(most: number): number {
  return Math.floor(Math.random() * (most + 1))
}
