/** What a worker counts, in a form that adds up over workers: plain numbers, ever growing, but for those that say what is now. */

/** Upper bounds of the classes of times: seconds. The last class has none. */
export const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

/** A histogram. */
export interface TimeMetrics {
  /** One count for each of `DURATION_BOUNDS`, and one for what took longer. */
  readonly durations: readonly number[]
  /** Seconds, all together. */
  readonly durationSum: number
}

export interface RouteMetrics extends TimeMetrics {
  /** Requests by status; 0 for those that got none. */
  readonly statuses: Readonly<Record<number, number>>
}

export interface RequestMetrics extends RouteMetrics {
  /** Bytes of response bodies. */
  readonly bytes: number
  /** By method and route, `GET /users/:id`; only requests that have a route. */
  readonly routes: Readonly<Record<string, RouteMetrics>>
  /** How long requests waited before they came, where a front said so. */
  readonly queue: TimeMetrics
  /** Open connections by protocol, now. */
  readonly connections: Readonly<Record<string, number>>
  /** Requests that wait for a Python thread now, and those that have waited, with their seconds. */
  readonly python: { readonly waiting: number; readonly waited: number; readonly waitSum: number }
}

/** More routes, of tables that grow or of patterns that an application makes up, are counted as one. */
export const MAX_ROUTES = 200
/** Their key. */
export const OTHER_ROUTES = 'other other'

const NO_TIMES: TimeMetrics = { durations: Array.from({ length: DURATION_BOUNDS.length + 1 }, () => 0), durationSum: 0 }

export const EMPTY_METRICS: RequestMetrics = {
  ...NO_TIMES,
  statuses: {},
  bytes: 0,
  routes: {},
  queue: NO_TIMES,
  connections: {},
  python: { waiting: 0, waited: 0, waitSum: 0 },
}

export function addMetrics(one: RequestMetrics, other: RequestMetrics): RequestMetrics {
  return {
    ...addRoute(one, other),
    bytes: one.bytes + other.bytes,
    routes: addRoutes(one.routes, other.routes),
    queue: addTimes(one.queue, other.queue),
    connections: addCounts(one.connections, other.connections),
    python: {
      waiting: one.python.waiting + other.python.waiting,
      waited: one.python.waited + other.python.waited,
      waitSum: one.python.waitSum + other.python.waitSum,
    },
  }
}

/** Of a worker that has left: what only grew stays, and nothing is now. */
export function settledMetrics(metrics: RequestMetrics): RequestMetrics {
  return { ...metrics, connections: {}, python: { ...metrics.python, waiting: 0 } }
}

function addRoutes(one: RequestMetrics['routes'], other: RequestMetrics['routes']): RequestMetrics['routes'] {
  const routes = new Map(Object.entries(one))
  for (const [key, metrics] of Object.entries(other)) {
    const place = routes.has(key) || routes.size < MAX_ROUTES ? key : OTHER_ROUTES
    const before = routes.get(place)
    routes.set(place, before === undefined ? metrics : addRoute(before, metrics))
  }
  return Object.fromEntries(routes)
}

function addRoute(one: RouteMetrics, other: RouteMetrics): RouteMetrics {
  return { ...addTimes(one, other), statuses: addCounts(one.statuses, other.statuses) }
}

function addTimes(one: TimeMetrics, other: TimeMetrics): TimeMetrics {
  return {
    durations: one.durations.map((count, index) => count + (other.durations[index] ?? 0)),
    durationSum: one.durationSum + other.durationSum,
  }
}

function addCounts(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>) {
  const counts: Record<string, number> = { ...one }
  for (const [key, count] of Object.entries(other)) counts[key] = (counts[key] ?? 0) + count
  return counts
}
