/**
 * `Server-Timing` (W3C): where the time of a response went, in the network panel of a browser. For development, and for
 * staff: it tells strangers how an application works inside.
 */
import type { Middleware } from '@tsgi/contract'
import { type KeyedMiddleware, key } from '../request/key.ts'
import { keyed } from './keyed.ts'
import { withHeaders } from './plain-response.ts'

/** What a request took, under names. */
export interface Timings {
  /** Notes a time. @param name a token: `db`. @param milliseconds that it took. */
  add(name: string, milliseconds: number): void
  /** Runs `work` and notes its time. @example `await request.get(timings).measure('db', () => database.search(q))` */
  measure<Result>(name: string, work: () => Result | Promise<Result>): Promise<Result>
}

/**
 * Says with each response how long the application took until its head, as `total`, and what views have noted. It is the
 * key of the timings too.
 * @example `const timings = serverTiming()`
 */
export function serverTiming(): KeyedMiddleware<Timings> {
  const place = key<Timings>('framework.timings', 'serverTiming()')
  const middleware: Middleware = (application) => (environ, startResponse) => {
    const noted: string[] = []
    const began = performance.now()
    place.set(environ, new NotedTimings(noted))
    return application(
      environ,
      withHeaders(startResponse, (headers) => [
        ...headers,
        ['Server-Timing', [entry('total', performance.now() - began), ...noted].join(', ')],
      ]),
    )
  }
  return keyed(middleware, place)
}

class NotedTimings implements Timings {
  readonly #noted: string[]

  constructor(noted: string[]) {
    this.#noted = noted
  }

  add(name: string, milliseconds: number): void {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw new TypeError(`Server-Timing: ${JSON.stringify(name)} is no token`)
    this.#noted.push(entry(name, milliseconds))
  }

  async measure<Result>(name: string, work: () => Result | Promise<Result>): Promise<Result> {
    const began = performance.now()
    try {
      return await work()
    } finally {
      this.add(name, performance.now() - began)
    }
  }
}

function entry(name: string, milliseconds: number): string {
  return `${name};dur=${milliseconds.toFixed(1)}`
}
