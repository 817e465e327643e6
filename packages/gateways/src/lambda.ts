/**
 * Our application as an AWS Lambda function behind API Gateway (versions 1 and 2), a function URL or a load balancer,
 * buffered or streaming. Knows Lambda's events and results; the exchange does the rest.
 */
import type { Writable } from 'node:stream'
import type { Application, ErrorStream } from '@tsgi/contract'
import { ApplicationLife, runWhenStarted } from './exchange/application-life.ts'
import { checkBodyLimit } from './exchange/body-limit.ts'
import { environTemplate, makeEnviron, shiftPath } from './exchange/environ.ts'
import { sendErrorResponse } from './exchange/error-response.ts'
import { consoleErrors } from './exchange/errors-stream.ts'
import { Exchange } from './exchange/exchange.ts'
import { BodyInput, EMPTY_INPUT, limited } from './exchange/input.ts'
import type { Sink } from './exchange/sink.ts'
import { BufferedSink, type LambdaResult } from './lambda/buffered.ts'
import { type LambdaEvent, type LambdaRequest, requestOf } from './lambda/event.ts'
import { type AwsLambda, type LambdaStreamHandler, StreamedSink } from './lambda/streamed.ts'

export type { LambdaResult } from './lambda/buffered.ts'
export type { LambdaEvent } from './lambda/event.ts'
export type { AwsLambda, LambdaStreamHandler } from './lambda/streamed.ts'

export interface LambdaOptions {
  /** Where failures are written. @default the console, which Lambda logs */
  readonly errors?: ErrorStream
  /** Bytes of a request body that are read at most; more is 413. Lambda itself takes 6 MiB. @default 1 GiB */
  readonly bodyLimit?: number
}

/** Answers one event. The two ends of the application's life are methods; the first event starts it. */
export interface LambdaHandler {
  (event: LambdaEvent, context?: unknown): Promise<LambdaResult>
  /** Ends the application, once. */
  close(): Promise<void>
}

/**
 * A handler that gives the response back whole. A failure midway is an honest 502, and so is one beyond Lambda's 6 MiB. Work after the response is waited for,
 * because Lambda freezes the process then.
 * @throws TypeError for an option that cannot be. The handler rejects with one for an event that is no HTTP request.
 * @example
 * export const handler = toLambdaHandler(application)
 */
export function toLambdaHandler(application: Application, options: LambdaOptions = {}): LambdaHandler {
  const run = runner(application, options, 'toLambdaHandler')
  const handler = async (event: LambdaEvent, context?: unknown): Promise<LambdaResult> => {
    const request = requestOf(event)
    const pending: Promise<unknown>[] = []
    const sink = new BufferedSink((promise) => pending.push(promise))
    run.start(request, sink, context)
    await sink.finished
    await Promise.allSettled(pending)
    return sink.result(request.kind, Boolean(event.multiValueHeaders))
  }
  return Object.assign(handler, { close: () => run.life.close() })
}

/**
 * A handler that streams, for function URLs with the invoke mode `RESPONSE_STREAM`.
 * @param awslambda the global of the runtime. It exists inside of Lambda only, so this is called there.
 * @throws TypeError where it is missing.
 * @example
 * export const handler = toLambdaStreamHandler(application)
 */
export function toLambdaStreamHandler(
  application: Application,
  options: LambdaOptions = {},
  awslambda: AwsLambda | undefined = Reflect.get(globalThis, 'awslambda'),
): LambdaStreamHandler {
  if (awslambda === undefined) {
    throw new TypeError('toLambdaStreamHandler: there is no global awslambda; it exists in the Lambda runtime only')
  }
  const run = runner(application, options, 'toLambdaStreamHandler')
  return awslambda.streamifyResponse(async (event: LambdaEvent, stream: Writable, context: unknown) => {
    const pending: Promise<unknown>[] = []
    const sink = new StreamedSink(stream, awslambda, (promise) => pending.push(promise))
    run.start(requestOf(event), sink, context)
    try {
      await sink.finished
    } finally {
      await Promise.allSettled(pending)
    }
  })
}

/** A sink that can be full. */
interface Overflowing {
  onOverflow?: (reason: Error) => void
}

interface Runner {
  readonly life: ApplicationLife
  readonly start: (request: LambdaRequest, sink: Sink & Overflowing, context: unknown) => void
}

function runner(application: Application, options: LambdaOptions, where: string): Runner {
  const bodyLimit = checkBodyLimit(where, options.bodyLimit)
  const life = new ApplicationLife(application)
  const errors = options.errors ?? consoleErrors
  return {
    life,
    start(request, sink, context) {
      const { method, target, headers, protocol, remoteAddr, prefix, body } = request
      const connection = {
        serverName: nameOf(headers),
        serverPort: '443',
        scheme: 'https',
        remoteAddr,
        remotePort: '',
      } as const
      const environ = makeEnviron(environTemplate(headers, { ...connection, multiprocess: true, errors }), {
        method,
        target,
        protocol,
        input: body === undefined ? EMPTY_INPUT : new BodyInput(limited(sourceOf(body), bodyLimit)),
      })
      if (environ === undefined) {
        sendErrorResponse(sink, 400, method === 'HEAD')
        return
      }
      if (prefix !== '') shiftPath(environ, prefix)
      environ['lambda.context'] = context
      runWhenStarted(life, environ, sink, () => {
        const exchange = new Exchange(application, environ, sink)
        sink.onOverflow = (reason) => {
          exchange.report(reason.message)
          exchange.abort(reason)
        }
        exchange.run()
      })
    },
  }
}

/** A body that is there: one chunk. */
function sourceOf(body: Uint8Array) {
  let rest: Uint8Array | null = body
  return {
    async pull(): Promise<Uint8Array | null> {
      const chunk = rest
      rest = null
      return chunk
    },
  }
}

function nameOf(headers: readonly string[]): string {
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i]?.toLowerCase() === 'host') return (headers[i + 1] ?? '').replace(/:\d+$/, '') || 'localhost'
  return 'localhost'
}
