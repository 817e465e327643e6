/** What observed.long.ts serves: routes with spans of a real OpenTelemetry SDK; each ended span is a line of a file. */
import { appendFileSync } from 'node:fs'
import { SpanKind } from '@opentelemetry/api'
import { BasicTracerProvider, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { Application, get, text } from '@tsgi/framework'
import { openTelemetry } from '@tsgi/framework/middleware/open-telemetry'

let lines = ''

function flush(): void {
  if (lines !== '') appendFileSync(process.env.SPANS ?? 'spans.log', lines)
  lines = ''
}
setInterval(flush, 100).unref()

const exporter = {
  export(spans: ReadableSpan[], done: (result: { code: number }) => void): void {
    for (const span of spans) {
      const { traceId, spanId } = span.spanContext()
      if (span.kind === SpanKind.SERVER) lines += `${traceId} ${spanId} ${span.name}\n`
    }
    done({ code: 0 })
  },
  shutdown: () => Promise.resolve(),
}
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })

export const application = new Application(
  [
    get('/users/:id', ({ params }) => text(String(params.id))),
    get('/later/:id', async ({ params }) => {
      await null
      return text(String(params.id))
    }),
    get('/health', () => text('well')),
  ],
  { middleware: [openTelemetry({ tracer: provider.getTracer('observed') })] },
)
