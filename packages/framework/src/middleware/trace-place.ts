/**
 * Where a request stands in its trace, from its environ and into it: `tsgi.traceparent`, `traceparent`, and what a propagator that
 * is registered reads and writes. Knows the API of OpenTelemetry; makes no span.
 */

import { type Context, context, createTraceState, propagation, type SpanContext, trace } from '@opentelemetry/api'
import type { Environ } from '@tsgi/contract'

const TRACEPARENT = /^00-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})$/

/** The place in the trace that the server believes; without one, what a registered propagator reads, or the header. */
export function parentOf(environ: Environ): Context {
  const active = context.active()
  if (trace.getSpanContext(active) !== undefined) return active
  const extracted = propagation.extract(active, environ, GETTER)
  const [, traceId, spanId, flags = '0'] =
    TRACEPARENT.exec(environ['tsgi.traceparent'] ?? environ.HTTP_TRACEPARENT ?? '') ?? []
  if (traceId === undefined || spanId === undefined) return extracted
  if (trace.getSpanContext(extracted)?.spanId === spanId) return extracted
  // A state belongs to the parent that came with it, and to no other.
  const state = environ['tsgi.traceparent'] === environ.HTTP_TRACEPARENT ? environ.HTTP_TRACESTATE : undefined
  return trace.setSpanContext(extracted, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(state !== undefined && { traceState: createTraceState(state) }),
  })
}

/** Headers as an environ has them. */
const GETTER = {
  keys: (environ: Environ) =>
    Object.keys(environ).flatMap((key) =>
      key.startsWith('HTTP_') ? [key.slice(5).toLowerCase().replaceAll('_', '-')] : [],
    ),
  get: (environ: Environ, name: string) => {
    const value = environ[keyOf(name)]
    return typeof value === 'string' ? value : undefined
  },
}

function keyOf(name: string): `HTTP_${string}` {
  return `HTTP_${name.toUpperCase().replaceAll('-', '_')}`
}

/** From here on the span is the parent: for the access log, for applications inside, for a bridge to another language. */
export function carry(environ: Environ, { traceId, spanId, traceFlags }: SpanContext, active: Context): void {
  const place = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
  // Without an SDK there is no span, and all stays as it came.
  if (!TRACEPARENT.test(place)) return
  propagation.inject(active, environ, { set: (_, name, value) => (environ[keyOf(name)] = value) })
  environ['tsgi.traceparent'] = place
  environ.HTTP_TRACEPARENT = place
}
