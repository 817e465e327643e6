/** `openTelemetry` with the real SDK: parents, names, attributes, errors, streams, clients that left, and what is active inside. */

import { context, metrics, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { type Environ, type HeaderList, type Middleware, validate } from '@tsgi/contract'
import { call, environFor } from '@tsgi/contract/testing'
import { Application, get, mount, stream, text } from '@tsgi/framework'
import { openTelemetry } from '@tsgi/framework/middleware/open-telemetry'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually, get as getRequest, Harness } from '../../support/harness.ts'

const exporter = new InMemorySpanExporter()
const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 60_000 })

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
})
beforeEach(() => exporter.reset())
afterAll(async () => {
  await reader.shutdown()
  trace.disable()
  context.disable()
  metrics.disable()
})

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PLACE = `00-${TRACE}-b7ad6b7169203331-01`

const active: (Span | undefined)[] = []
const note = () => void active.push(trace.getActiveSpan())

async function* parts() {
  note()
  yield 'one'
  await Promise.resolve()
  note()
  yield 'two'
}

const application = new Application(
  [
    get('/users/:id', async () => {
      await Promise.resolve()
      note()
      return text('found')
    }),
    get('/fails', () => {
      throw new RangeError('out of tea')
    }),
    get('/stream', () => stream(parts())),
    mount('/inner', new Application([get('/leaf/:name', () => text('leaf'))])),
    get('/place', (request) => text(`${request.environ.HTTP_TRACEPARENT} ${request.environ['tsgi.traceparent']}`)),
  ],
  { middleware: [openTelemetry()] },
)

function only(): ReadableSpan {
  const [span, ...more] = exporter.getFinishedSpans()
  expect(more).toEqual([])
  if (span === undefined) throw new Error('there is no span')
  return span
}

async function spanOf(target: string, headers: HeaderList = [], middleware: Middleware = (inner) => inner) {
  const response = await call(middleware(application), environFor(target, { headers }))
  return { response, span: only() }
}

describe('a span', () => {
  it('is named by method and route, and has what the conventions ask for', async () => {
    const { span } = await spanOf('/users/7?a=1&sig=secret', [['User-Agent', 'tea/1']])
    expect(span.name).toBe('GET /users/:id')
    expect(span.kind).toBe(SpanKind.SERVER)
    expect(span.status).toEqual({ code: SpanStatusCode.UNSET })
    expect(span.attributes).toMatchObject({
      'http.request.method': 'GET',
      'http.route': '/users/:id',
      'http.response.status_code': 200,
      'url.scheme': 'http',
      'url.path': '/users/7',
      'url.query': 'a=1&sig=REDACTED',
      'network.protocol.version': '1.1',
      'user_agent.original': 'tea/1',
    })
  })

  it('is named with the mounts around a route, and by the method alone without a route', async () => {
    expect((await spanOf('/inner/leaf/x')).span.name).toBe('GET /inner/leaf/:name')
    exporter.reset()
    const { span } = await spanOf('/nothing')
    expect([span.name, span.status.code, span.attributes['http.response.status_code']]).toEqual([
      'GET',
      SpanStatusCode.UNSET,
      404,
    ])
  })

  it('has no name and no label of a method that a client made up', async () => {
    await call(application, environFor('/users/7', { method: 'BREW' }))
    expect(only().name).toMatch(/^HTTP\b/)
    expect(only().attributes).toMatchObject({ 'http.request.method': '_OTHER', 'http.request.method_original': 'BREW' })
  })

  it('records what a view throws', async () => {
    const { span, response } = await spanOf('/fails')
    expect(response.status).toBe(500)
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'out of tea' })
    expect(span.attributes['error.type']).toBe('RangeError')
    expect(span.events[0]).toMatchObject({ name: 'exception', attributes: { 'exception.message': 'out of tea' } })
  })

  it.each([
    ['throws', () => Promise.reject(new TypeError('early'))],
    [
      'fails in its body',
      (_: Environ, start: (status: string, headers: HeaderList) => unknown) => {
        start('200 OK', [])
        return (async function* () {
          yield 'a'
          throw new TypeError('late')
        })()
      },
    ],
  ])('records an application that %s', async (_, guest) => {
    await call(openTelemetry()(guest as never), environFor('/')).catch(() => undefined)
    expect(only().status.code).toBe(SpanStatusCode.ERROR)
    expect(only().attributes['error.type']).toBe('TypeError')
  })
})

describe('the trace', () => {
  it('goes on from traceparent, in the environ too, for Python and the access log', async () => {
    const { span, response } = await spanOf('/place', [
      ['traceparent', PLACE],
      ['tracestate', 'a=1'],
    ])
    expect(span.spanContext().traceId).toBe(TRACE)
    expect(span.parentSpanContext).toMatchObject({ spanId: 'b7ad6b7169203331', isRemote: true })
    const place = `00-${TRACE}-${span.spanContext().spanId}-01`
    expect(response.text).toBe(`${place} ${place}`)
  })

  it('is the one of the server, where the server does not believe the header', async () => {
    const own = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`
    const believed: Middleware = (inner) => (environ, start) =>
      inner(Object.assign(environ, { 'tsgi.traceparent': own }), start)
    const { span } = await spanOf('/users/1', [['traceparent', PLACE]], believed)
    expect(span.spanContext().traceId).toBe('1'.repeat(32))
  })

  it.each(['', 'x', '00-0-0-0', PLACE.replace('00-', 'ff-'), PLACE.replace(TRACE, '0'.repeat(32))])(
    'begins where traceparent is %j',
    async (bad) => {
      const { span } = await spanOf('/users/1', [['traceparent', bad]])
      expect(span.parentSpanContext).toBeUndefined()
      expect(span.spanContext().traceId).not.toBe(TRACE)
    },
  )

  it('makes the span active in views and in each part of a stream', async () => {
    for (const target of ['/users/1', '/stream']) {
      exporter.reset()
      active.length = 0
      const { span } = await spanOf(target)
      expect(active.length).toBeGreaterThan(0)
      for (const each of active) expect(each?.spanContext()).toEqual(span.spanContext())
    }
  })

  it('makes the span active in the body of any application', async () => {
    const seen: unknown[] = []
    const bare = openTelemetry()((_environ, start) => {
      start('200 OK', [])
      return (async function* () {
        seen.push(trace.getActiveSpan()?.spanContext())
        yield 'x'
      })()
    })
    await call(bare, environFor('/'))
    expect(seen).toEqual([only().spanContext()])
  })
})

describe('on a connection', () => {
  it('ends when the body has ended, and says when the client left', async () => {
    const go = Promise.withResolvers<void>()
    const slow = openTelemetry()((_environ, start) => {
      start('200 OK', [['Content-Type', 'text/plain']])
      return (async function* () {
        yield 'first'
        await go.promise
        yield 'last'
      })()
    })
    await using harness = await Harness.start(slow)
    const [whole, leaver] = [await harness.client(), await harness.client()]
    whole.send(getRequest('/whole'))
    leaver.send(getRequest('/left'))
    await Promise.all([whole.until('first'), leaver.until('first')])
    expect(exporter.getFinishedSpans()).toEqual([])
    leaver.socket.resetAndDestroy()
    await eventually(() => exporter.getFinishedSpans().length === 1)
    expect(only().attributes).toMatchObject({ 'url.path': '/left', 'tsgi.outcome': 'aborted' })
    expect(only().status.code).toBe(SpanStatusCode.UNSET)
    go.resolve()
    await whole.until('last')
    await eventually(() => exporter.getFinishedSpans().length === 2)
    expect(exporter.getFinishedSpans()[1]?.attributes['tsgi.outcome']).toBeUndefined()
  })
})

it('measures the duration of requests by route', async () => {
  await spanOf('/users/2')
  await reader.forceFlush()
  const points = measured.getMetrics().at(-1)?.scopeMetrics[0]?.metrics[0]
  expect(points?.descriptor).toMatchObject({ name: 'http.server.request.duration', unit: 's' })
  expect(points?.dataPoints.map((point) => point.attributes['http.route'])).toContain('/users/:id')
  expect(JSON.stringify(points?.dataPoints)).not.toContain('/users/2')
})

it('keeps the contract, and refuses an unknown option', async () => {
  expect((await call(validate(application), environFor('/users/1'))).status).toBe(200)
  expect(() => openTelemetry({ trace: 1 } as never)).toThrow(TypeError)
})
