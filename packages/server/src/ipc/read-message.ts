/**
 * Checks the shape of what a worker says before the master acts on it: a worker runs the application, and no value
 * that the application can put on the channel may reach the master's code unchecked. Knows shapes, no meanings.
 */
import type { Count } from '../rates/rate-counts.ts'
import type { ToMaster } from './messages.ts'
import { MAX_ROUTES, type RequestMetrics } from './request-metrics.ts'

/** The message, or `undefined` if the master does not know its type. */
export function readToMaster(value: unknown): ToMaster | undefined {
  if (!isRecord(value) || typeof value.type !== 'string' || !Object.hasOwn(SHAPES, value.type)) return undefined
  const fits = SHAPES[value.type as ToMaster['type']] // it is a key of the table
  return fits(value) ? (value as ToMaster) : undefined // every field was checked by its row
}

type Fields = Readonly<Record<string, unknown>>

const SHAPES: Readonly<Record<ToMaster['type'], (fields: Fields) => boolean>> = {
  ready: ({ addresses, description }) => isList(addresses, isText) && isText(description),
  failed: ({ message, detail }) => isText(message) && (detail === undefined || isText(detail)),
  spent: ({ reason, well }) => isText(reason) && typeof well === 'boolean',
  pass: () => true,
  counted: ({ measures }) => isMetrics(measures),
  metrics: () => true,
  examined: ({ isHeld }) => typeof isHeld === 'boolean',
  take: ({ id, counts }) => isCount(id) && isList(counts, isRateCount),
  changed: ({ file, at }) => isText(file) && isCount(at),
}

function isMetrics(value: unknown): value is RequestMetrics {
  return (
    isRoute(value) &&
    isRecord(value) &&
    isCount(value.bytes) &&
    isRecord(value.routes) &&
    Object.keys(value.routes).length <= MAX_ROUTES + 1 &&
    Object.values(value.routes).every(isRoute) &&
    isTimes(value.queue) &&
    isCounts(value.connections) &&
    isCounts(value.python)
  )
}

function isRoute(value: unknown): boolean {
  return isTimes(value) && isRecord(value) && isCounts(value.statuses)
}

function isTimes(value: unknown): boolean {
  return isRecord(value) && isList(value.durations, isCount) && isCount(value.durationSum)
}

function isCounts(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every(isCount)
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isList<Item>(value: unknown, fits: (item: unknown) => item is Item): value is readonly Item[] {
  return Array.isArray(value) && value.every(fits)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isRateCount(value: unknown): value is Count {
  if (!isRecord(value) || !isText(value.key)) return false
  return [value.limit, value.span, value.requests].every((each) => Number.isSafeInteger(each) && Number(each) >= 1)
}
