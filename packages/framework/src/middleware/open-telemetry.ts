/**
 * Spans and the duration of requests for OpenTelemetry, by `@opentelemetry/api` alone: what is done with them is the SDK's that
 * the program has set up. Without one each call does nothing. A file that may be absent: nothing of the core imports it.
 */

import {
  type Context,
  context,
  type Histogram,
  type Meter,
  metrics,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { Application, Body, Environ, Middleware, StartResponse } from '@tsgi/contract'
import { inThisContext } from '../http/async-context.ts'
import { refuseUnknown } from '../option-names.ts'
import { isPromise } from '../response/respond.ts'
import { keepLife } from '../routing/application-life.ts'
import { metricAttributes, requestAttributes, spanMethod } from './span-attributes.ts'
import { carry, parentOf } from './trace-place.ts'
import { type ExchangeEnd, WatchedExchange } from './watched-exchange.ts'

/** Options of `openTelemetry`. */
export interface OpenTelemetryOptions {
  /** Makes the spans. @default `trace.getTracer('@tsgi/framework')`, of the SDK that is registered */
  readonly tracer?: Tracer
  /** Makes the histogram `http.server.request.duration`, in seconds. @default `metrics.getMeter('@tsgi/framework')` */
  readonly meter?: Meter
}

/**
 * A server span for each request, named by method and route (`GET /users/:id`), from its begin until the response is over: a
 * stream until its last byte. Its attributes are those of the semantic conventions for HTTP; an error of the application is
 * recorded, and a 5xx is the status `ERROR`. A client that left is the attribute `tsgi.outcome: 'aborted'`. An upgraded
 * connection ends its span.
 *
 * The parent is `tsgi.traceparent` of the environ (the server's: what a believed `traceparent` said, else the trace of the log
 * line), else the header. The span takes its place there and in `HTTP_TRACEPARENT`, so that the access log and what is called
 * inside name it, Python included. The span is active in views, streams and guests where the SDK has a context manager.
 * @throws TypeError for an unknown option.
 * @see https://opentelemetry.io/docs/specs/semconv/http/
 * @example `export const application = new Application(routes, { middleware: [openTelemetry()] })`
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Middleware {
  refuseUnknown('openTelemetry', options, NAMES)
  const { tracer = trace.getTracer(NAME) } = options
  let duration: Histogram | undefined
  // At the first request: the API gives a meter that does nothing to those who ask before the SDK is registered.
  const durations = () => (duration ??= durationsOf(options.meter ?? metrics.getMeter(NAME)))
  return keepLife((application) => (environ, startResponse) => {
    return new TracedExchange(environ, tracer, durations()).run(application, startResponse)
  })
}

const NAME = '@tsgi/framework'
const NAMES: ReadonlySet<string> = new Set<keyof OpenTelemetryOptions>(['tracer', 'meter'])

/** The bounds that the semantic conventions advise. */
const BOUNDS_S = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

function durationsOf(meter: Meter): Histogram {
  return meter.createHistogram('http.server.request.duration', {
    description: 'Duration of HTTP server requests.',
    unit: 's',
    advice: { explicitBucketBoundaries: BOUNDS_S },
  })
}

class TracedExchange {
  readonly #environ: Environ
  readonly #durations: Histogram
  readonly #beganAt = performance.now()
  readonly #method: string
  readonly #span: Span
  readonly #context: Context
  #isOver = false

  constructor(environ: Environ, tracer: Tracer, durations: Histogram) {
    this.#environ = environ
    this.#durations = durations
    // As it came: an application may change its environ.
    this.#method = spanMethod(environ)
    const parent = parentOf(environ)
    const kind = SpanKind.SERVER
    this.#span = tracer.startSpan(this.#method, { kind, attributes: requestAttributes(environ) }, parent)
    this.#context = trace.setSpan(parent, this.#span)
    carry(environ, this.#span.spanContext(), this.#context)
    this.#watchUpgrade()
  }

  run(application: Application, startResponse: StartResponse): Body | Promise<Body> {
    const exchange = new WatchedExchange(this.#environ, (end) => this.#end(end))
    return context.with(this.#context, () => exchange.run(inContext(application), startResponse))
  }

  /** Another protocol follows, for as long as both sides wish: the request is over. */
  #watchUpgrade(): void {
    const upgrade = this.#environ['tsgi.upgrade']
    if (upgrade === undefined) return
    this.#environ['tsgi.upgrade'] = (headers) => {
      const upgraded = upgrade(headers)
      this.#end({ status: 101, bytes: 0, outcome: 'complete', error: undefined })
      return upgraded
    }
  }

  #end({ status, outcome, error }: ExchangeEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    const route = this.#environ['tsgi.route']
    const failure = outcome === 'failed' || status >= 500 ? failureType(error, status) : undefined
    const attributes = {
      ...(route !== undefined && { 'http.route': route }),
      ...(status > 0 && { 'http.response.status_code': status }),
      ...(failure !== undefined && { 'error.type': failure }),
    }
    const span = this.#span
    if (route !== undefined) span.updateName(`${this.#method} ${route}`)
    span.setAttributes(attributes)
    if (outcome === 'aborted') span.setAttribute('tsgi.outcome', outcome)
    if (failure !== undefined) {
      if (error instanceof Error) span.recordException(error)
      span.setStatus({ code: SpanStatusCode.ERROR, ...(error instanceof Error && { message: error.message }) })
    }
    span.end()
    const seconds = (performance.now() - this.#beganAt) / 1000
    this.#durations.record(seconds, { ...metricAttributes(this.#environ, this.#method), ...attributes }, this.#context)
  }
}

/** Streams are pulled by the server, which knows no span: their chunks are made in the context of the application. */
function inContext(application: Application): Application {
  return (environ, startResponse) => {
    const body = application(environ, startResponse)
    return isPromise(body) ? body.then(inThisContext) : inThisContext(body)
  }
}

/** A low number of values: the class of the error, or the status. */
function failureType(error: unknown, status: number): string {
  return error instanceof Error ? error.name : String(status)
}
