/** Counts the requests of this worker for `--metrics`, all together and by route. Knows records, not how the counts are shown. */
import type { AccessRecord } from '../connection/access-record.ts'
import {
  DURATION_BOUNDS,
  EMPTY_METRICS,
  MAX_ROUTES,
  OTHER_ROUTES,
  type RequestMetrics,
  type RouteMetrics,
  type TimeMetrics,
} from '../ipc/request-metrics.ts'

/** What is now, and what others count. */
export type RequestGauges = Pick<RequestMetrics, 'connections' | 'python'>

/** The methods of RFC 9110 §9.3, 5789 and the QUERY method; a client may invent others. */
const METHODS: ReadonlySet<string> = new Set('GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY'.split(' '))
/** Of a route; longer ones were made of what a client sent. */
const MAX_ROUTE_CHARS = 200

class Times {
  readonly #durations = [...EMPTY_METRICS.durations]
  #sum = 0

  add(seconds: number): void {
    let bound = 0
    while (bound < DURATION_BOUNDS.length && seconds > (DURATION_BOUNDS[bound] ?? 0)) bound++
    this.#durations[bound] = (this.#durations[bound] ?? 0) + 1
    this.#sum += seconds
  }

  get measures(): TimeMetrics {
    return { durations: this.#durations, durationSum: this.#sum }
  }
}

class Requests {
  readonly #statuses = new Map<number, number>()
  readonly #times = new Times()

  add(status: number, seconds: number): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1)
    this.#times.add(seconds)
  }

  get measures(): RouteMetrics {
    return { ...this.#times.measures, statuses: Object.fromEntries(this.#statuses) }
  }
}

export class RequestCounters {
  readonly #all = new Requests()
  /** By method, then by route: no key is put together for a request. */
  readonly #routes = new Map<string, Map<string, Requests>>()
  #routeCount = 0
  readonly #others = new Requests()
  #hasOthers = false
  readonly #queue = new Times()
  #bytes = 0

  count({ status, duration, bytes, method, route, queue }: AccessRecord): void {
    const seconds = duration / 1000
    this.#all.add(status, seconds)
    this.#bytes += bytes
    if (queue !== undefined) this.#queue.add(queue / 1000)
    if (route !== undefined)
      this.#routeOf(METHODS.has(method ?? '') ? (method ?? '') : 'other', route).add(status, seconds)
  }

  #routeOf(method: string, route: string): Requests {
    const known = this.#routes.get(method)?.get(route)
    if (known !== undefined) return known
    if (this.#routeCount >= MAX_ROUTES || route.length > MAX_ROUTE_CHARS) {
      this.#hasOthers = true
      return this.#others
    }
    this.#routeCount++
    const made = new Requests()
    const ofMethod = this.#routes.get(method)
    if (ofMethod === undefined) this.#routes.set(method, new Map([[route, made]]))
    else ofMethod.set(route, made)
    return made
  }

  get measures(): Omit<RequestMetrics, keyof RequestGauges> {
    const routes = [...this.#routes].flatMap(([method, ofMethod]) =>
      Array.from(ofMethod, ([route, requests]) => [`${method} ${route}`, requests.measures] as const),
    )
    if (this.#hasOthers) routes.push([OTHER_ROUTES, this.#others.measures])
    return {
      ...this.#all.measures,
      bytes: this.#bytes,
      routes: Object.fromEntries(routes),
      queue: this.#queue.measures,
    }
  }
}
