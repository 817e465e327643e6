/** What a worker counts, in a form that adds up over workers: plain numbers, ever growing. */

/** Upper bounds of the classes of request durations: seconds. The last class has none. */
export const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

export interface RequestMetrics {
  /** Requests by status; 0 for those that got none. */
  readonly statuses: Readonly<Record<number, number>>
  /** Requests by duration: one count for each of `DURATION_BOUNDS`, and one for what took longer. */
  readonly durations: readonly number[]
  /** Seconds, all requests together. */
  readonly durationSum: number
  /** Bytes of response bodies. */
  readonly bytes: number
}

export const EMPTY_METRICS: RequestMetrics = {
  statuses: {},
  durations: Array.from({ length: DURATION_BOUNDS.length + 1 }, () => 0),
  durationSum: 0,
  bytes: 0,
}

export function addMetrics(one: RequestMetrics, other: RequestMetrics): RequestMetrics {
  const statuses: Record<number, number> = { ...one.statuses }
  for (const [status, count] of Object.entries(other.statuses)) {
    statuses[Number(status)] = (statuses[Number(status)] ?? 0) + count
  }
  return {
    statuses,
    durations: one.durations.map((count, index) => count + (other.durations[index] ?? 0)),
    durationSum: one.durationSum + other.durationSum,
    bytes: one.bytes + other.bytes,
  }
}
