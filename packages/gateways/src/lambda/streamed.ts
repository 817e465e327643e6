/**
 * A response that streams: Lambda's response stream, after a prelude with status and headers. Knows the objects that
 * the runtime hands over; knows no event.
 */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { Chunk } from '@tsgi/contract'
import { toBytes } from '../exchange/bytes.ts'
import type { ResponseHead, Sink } from '../exchange/sink.ts'
import { fieldsOf } from './buffered.ts'

/** The global of the runtime that makes streaming handlers. It exists inside of Lambda only. */
export interface AwsLambda {
  streamifyResponse(handler: (event: never, stream: Writable, context: unknown) => Promise<void>): LambdaStreamHandler
  readonly HttpResponseStream: { from(stream: Writable, prelude: object): Writable }
}

/** What `awslambda.streamifyResponse` gives. */
export type LambdaStreamHandler = (event: never, context: unknown) => Promise<void>

export class StreamedSink implements Sink {
  /** Resolves when the response is out; rejects, with nothing of the application's error, when it was cut. */
  readonly finished: Promise<void>
  readonly waitUntil: (promise: Promise<unknown>) => void
  readonly #raw: Writable
  readonly #runtime: AwsLambda
  readonly #end: PromiseWithResolvers<void> = Promise.withResolvers()
  #stream: Writable | undefined

  constructor(raw: Writable, runtime: AwsLambda, waitUntil: (promise: Promise<unknown>) => void) {
    this.#raw = raw
    this.#runtime = runtime
    this.waitUntil = waitUntil
    this.finished = this.#end.promise
  }

  writeHead(head: ResponseHead): void {
    const { headers, cookies = [] } = fieldsOf(head, 'v2', false)
    this.#stream = this.#runtime.HttpResponseStream.from(this.#raw, { statusCode: head.code, headers, cookies })
    this.#stream.once('finish', () => this.#end.resolve())
  }

  write(chunk: Chunk): boolean {
    return this.#stream?.write(toBytes(chunk)) ?? false
  }

  async drained(): Promise<void> {
    if (this.#stream?.writableNeedDrain === true) await once(this.#stream, 'drain').catch(() => undefined)
  }

  /** The prelude leaves with the first write, so an empty body is written too. */
  end(): void {
    this.#stream?.write('')
    this.#stream?.end()
  }

  abort(): void {
    this.#end.reject(new Error('the response was cut short'))
  }
}
