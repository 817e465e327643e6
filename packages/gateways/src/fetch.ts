/**
 * Our application as a fetch handler, `(Request) => Promise<Response>`: Bun, Deno, Workers, service workers, tests.
 * Knows the fetch standard and nothing of `node:`.
 */
import type { Application, Chunk, Environ, ErrorStream, Input } from '@tsgi/contract'
import { ApplicationLife, runWhenStarted } from './exchange/application-life.ts'
import { toBytes } from './exchange/bytes.ts'
import { type ConnectionFacts, environTemplate, makeEnviron } from './exchange/environ.ts'
import { sendErrorResponse } from './exchange/error-response.ts'
import { consoleErrors } from './exchange/errors-stream.ts'
import { Exchange } from './exchange/exchange.ts'
import { BODY_LIMIT_BYTES, BodyInput, EMPTY_INPUT, type InputSource, inputError, limited } from './exchange/input.ts'
import type { ResponseHead, Sink } from './exchange/sink.ts'

/** What a platform knows beside the Request; all of it optional. */
export interface FetchOptions {
  /** The client's address; `''` by default. */
  readonly remoteAddr?: string
  /** Where failures are written; `console.error` by default. */
  readonly errors?: ErrorStream
  /**
   * Bytes of the largest request body; a larger one is 413.
   * @default 1 GiB, as `--limit-request-body` of the server
   */
  readonly bodyLimit?: number
  /** Keeps the platform alive until work after the response is done. */
  readonly waitUntil?: (promise: Promise<unknown>) => void
}

/** Answers a `Request`; the two ends of the application's life (SPEC C89) are its methods. */
export interface FetchHandler {
  (request: Request, options?: FetchOptions): Promise<Response>
  /** Starts the application. The first request does it otherwise, and waits. Rejects with the application's error. */
  start(): Promise<void>
  /** Ends the application, once. To be called after the last response. Rejects with the application's error. */
  close(): Promise<void>
}

/**
 * Makes a fetch handler out of a contract application. A failure of the application resolves with the 500; the promise
 * rejects only when the request's signal aborts before there is a Response. The body streams, as fast as it is read.
 */
export function toFetchHandler(application: Application): FetchHandler {
  const life = new ApplicationLife(application)
  const handler = (request: Request, options: FetchOptions = {}): Promise<Response> => {
    const sink = new FetchSink(options.waitUntil)
    const url = new URL(request.url)
    // Platforms hand their own second argument to a handler, which may have anything of this name.
    const limit = typeof options.bodyLimit === 'number' ? options.bodyLimit : BODY_LIMIT_BYTES
    const environ = makeEnviron(environTemplate(flatHeaders(request, url), connectionFacts(url, options)), {
      method: request.method,
      target: requestTarget(url),
      protocol: 'HTTP/1.1',
      input: request.body === null ? EMPTY_INPUT : makeInput(request.body, limit),
    })
    if (environ === undefined) sendErrorResponse(sink, 400, request.method === 'HEAD')
    else if (Number(environ.CONTENT_LENGTH ?? 0) > limit) sendErrorResponse(sink, 413, request.method === 'HEAD')
    else runWhenStarted(life, environ, sink, () => runExchange(application, environ, sink, request.signal))
    return sink.response
  }
  return Object.assign(handler, { start: () => life.start(), close: () => life.close() })
}

function runExchange(application: Application, environ: Environ, sink: FetchSink, signal: AbortSignal): void {
  const exchange = new Exchange(application, environ, sink)
  const leave = () => sink.leave(signal.reason)
  const left = (reason: Error) => exchange.abort(reason)
  const settled = () => signal.removeEventListener('abort', leave)
  sink.onLeave = left // not written there: see environ.ts
  sink.onSettled = settled
  signal.addEventListener('abort', leave)
  if (signal.aborted) leave()
  exchange.run()
}

/** Like `pathname + search`, which would lose the `?` of an empty query. */
function requestTarget({ href, origin }: URL): string {
  return href.slice(origin.length).split('#', 1)[0] ?? '/'
}

function connectionFacts(url: URL, options: FetchOptions): ConnectionFacts {
  const secure = url.protocol === 'https:'
  return {
    serverName: url.hostname,
    serverPort: url.port !== '' ? url.port : secure ? '443' : '80',
    scheme: secure ? 'https' : 'http',
    // Platforms hand their own second argument to a handler: Deno's has a `remoteAddr` that is an object.
    remoteAddr: typeof options.remoteAddr === 'string' ? options.remoteAddr : '',
    remotePort: '',
    multiprocess: true,
    errors: options.errors ?? consoleErrors,
  }
}

/** A Request has no Host header of its own: its URL is where the host is. */
function flatHeaders(request: Request, url: URL): string[] {
  const flat = request.headers.has('host') ? [] : ['host', url.host]
  request.headers.forEach((value, name) => {
    flat.push(name, value)
  })
  return flat
}

/** Touches the stream only when the application reads: who does not read leaves it to the platform. */
function makeInput(body: ReadableStream<Uint8Array>, limit: number): Input {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  const source: InputSource = {
    async pull() {
      reader ??= body.getReader()
      const { done, value } = await reader.read().catch(throwInputError)
      if (done) return null
      return value.byteLength > 0 ? value : source.pull()
    },
  }
  return new BodyInput(limited(source, limit))
}

function throwInputError(cause: unknown): never {
  throw inputError(400, 'the request body was cut short', cause)
}

/** Turns the pushes of an exchange into a Response whose body is pulled. */
class FetchSink implements Sink {
  readonly response: Promise<Response>
  readonly waitUntil: (promise: Promise<unknown>) => void
  /** Told when the platform reads no further. */
  onLeave: (reason: Error) => void = ignore
  /** Told when nothing will be read or written any more. */
  onSettled: () => void = ignore
  readonly #respond: PromiseWithResolvers<Response>
  /** Held back until the first chunk shows whether it is the whole body. */
  #head: ResponseHead | undefined
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #drained: PromiseWithResolvers<void> | undefined

  constructor(waitUntil: FetchOptions['waitUntil']) {
    this.waitUntil = waitUntil ?? ignore
    this.#respond = Promise.withResolvers()
    this.response = this.#respond.promise
  }

  writeHead(head: ResponseHead): void {
    this.#head = head
    if (head.bodyless || head.contentLength === 0) this.#answer(head, null)
  }

  write(chunk: Chunk): boolean {
    const octets = toBytes(chunk)
    if (this.#head?.contentLength === octets.byteLength) {
      this.#answer(this.#head, octets)
      return true
    }
    if (this.#head !== undefined) this.#answer(this.#head, this.#makeStream())
    this.#controller?.enqueue(octets)
    return (this.#controller?.desiredSize ?? 0) > 0
  }

  #answer({ status, headers, contentLength }: ResponseHead, body: Uint8Array | ReadableStream | null): void {
    const list = new Headers()
    for (let i = 0; i < headers.length; i += 2) list.append(headers[i] ?? '', headers[i + 1] ?? '')
    if (contentLength !== undefined) list.set('Content-Length', String(contentLength))
    const init = { status: Number(status.slice(0, 3)), statusText: status.slice(4), headers: list }
    // The types ask for octets that are not shared memory; Response copies either kind.
    this.#respond.resolve(new Response(body as ConstructorParameters<typeof Response>[0], init))
    this.#head = undefined
  }

  #makeStream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => this.#drained?.resolve(),
        cancel: (reason) => this.leave(reason),
      },
      { highWaterMark: HIGH_WATER_MARK, size: (octets) => octets.byteLength },
    )
  }

  drained(): Promise<void> {
    this.#drained = Promise.withResolvers()
    return this.#drained.promise
  }

  end(): void {
    this.#controller?.close()
    this.onSettled()
  }

  /** The reason is the operator's: the reader only learns that octets are missing. */
  abort(): void {
    this.#controller?.error(new Error('the response was cut short'))
    this.onSettled()
  }

  /** The client went away: the exchange ends, and a Response that nobody has got yet is never made. */
  leave(reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error('the client went away')
    this.onSettled()
    this.onLeave(error)
    this.#controller?.error(error)
    this.#respond.reject(error)
  }
}

/** Octets that may wait in a Response for its reader. */
const HIGH_WATER_MARK = 65_536

function ignore(): void {}
