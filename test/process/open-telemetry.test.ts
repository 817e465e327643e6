/** Spans of the real SDK, sent over OTLP/HTTP from real workers to a receiver of this test; they agree with the access log. */
import { readFileSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { ask, endCommandsAfterEach, serving } from '../support/command.ts'
import { folderOf } from '../support/own-command.ts'

endCommandsAfterEach()

const TRACING = `
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const url = process.env.OTLP_URL
export const provider = new BasicTracerProvider({
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url }), { scheduledDelayMillis: 50 })],
})
trace.setGlobalTracerProvider(provider)
`
const APPLICATION = `
import { Application, get, text } from '@tsgi/framework'
import { openTelemetry } from '@tsgi/framework/middleware/open-telemetry'
import { provider } from './tracing.ts'
export const application = new Application(
  [
    get('/users/:id', () => text('found')),
    get('/fails', () => { throw new Error('out of tea') }),
  ],
  { middleware: [openTelemetry()], close: () => provider.shutdown() },
)`

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
}

/** What an OpenTelemetry collector is to an SDK. */
async function receiver(): Promise<{ url: string; spans: Span[] }> {
  const spans: Span[] = []
  const server = http.createServer(async (request, response) => {
    let json = ''
    for await (const part of request) json += part
    for (const resource of JSON.parse(json).resourceSpans)
      for (const scope of resource.scopeSpans) spans.push(...scope.spans)
    response.setHeader('Content-Type', 'application/json')
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { url: `http://127.0.0.1:${port}/v1/traces`, spans }
}

it('agree with the access log of two workers on names, statuses and counts', async () => {
  const { url, spans } = await receiver()
  const cwd = folderOf({ 'app.ts': APPLICATION, 'tracing.ts': TRACING })
  const words = [
    '--bind',
    '127.0.0.1:0',
    '--workers',
    '2',
    '--access-logfile',
    'access.log',
    '--access-log-format',
    'json',
  ]
  const server = await serving(['app.ts', ...words], { cwd, env: { OTLP_URL: url } })
  for (let turn = 0; turn < 40; turn++)
    await Promise.all(['/users/1', '/users/2', '/fails', '/nothing'].map((path) => ask(server.url + path)))
  server.signal('SIGTERM')
  expect((await server.exit()).code).toBe(0)
  const lines = readFileSync(join(cwd, 'access.log'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toHaveLength(160)
  expect(tally(spans.map((span) => Number(attributeOf(span, 'http.response.status_code'))))).toEqual(
    tally(lines.map((line) => line.status)),
  )
  expect(tally(spans.map((span) => span.name))).toEqual({ 'GET /users/:id': 80, 'GET /fails': 40, GET: 40 })
  const places = new Set(spans.map((span) => `00-${span.traceId}-${span.spanId}-01`))
  expect(places.size).toBe(160)
  // Where the log has the place in the trace, it is the span.
  for (const { traceparent } of lines) if (traceparent !== undefined) expect(places).toContain(traceparent)
})

it('are the parents of what Python sees', async () => {
  const { url, spans } = await receiver()
  const cwd = folderOf({
    'guard.ts': `import { openTelemetry } from '@tsgi/framework/middleware/open-telemetry'
import './tracing.ts'
export default openTelemetry()`,
    'tracing.ts': TRACING,
    'place.py': `
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [environ['HTTP_TRACEPARENT'].encode()]
`,
  })
  const words = ['place:application', '--bind', '127.0.0.1:0', '--middleware', 'guard.ts']
  const server = await serving(words, { cwd, env: { OTLP_URL: url } })
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const trusted = { traceparent: `00-${traceId}-b7ad6b7169203331-01` }
  const { text } = await ask(server.url, { headers: trusted })
  await expect.poll(() => spans.length).toBe(1)
  expect(text).toBe(`00-${spans[0]?.traceId}-${spans[0]?.spanId}-01`)
})

function attributeOf(span: Span, name: string): unknown {
  return Object.values(span.attributes.find(({ key }) => key === name)?.value ?? {})[0]
}

function tally(values: readonly (string | number)[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}
