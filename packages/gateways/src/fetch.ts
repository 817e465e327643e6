/**
 * Our application as a fetch handler, `(Request) => Promise<Response>`: Bun, Deno, Workers, service workers, tests.
 * Knows the fetch standard and nothing of `node:`.
 */
import type {
  Application,
  Chunk,
  Environ,
  ErrorStream,
  Input,
  MessageSocket,
  MessageSocketOptions,
} from '@tsgi/contract'
import { plainAddress } from './exchange/address.ts'
import { ApplicationLife, runWhenStarted } from './exchange/application-life.ts'
import { checkBodyLimit } from './exchange/body-limit.ts'
import { toBytes } from './exchange/bytes.ts'
import { type ConnectionFacts, environTemplate, makeEnviron } from './exchange/environ.ts'
import { sendErrorResponse } from './exchange/error-response.ts'
import { consoleErrors } from './exchange/errors-stream.ts'
import { Exchange } from './exchange/exchange.ts'
import { BodyInput, EMPTY_INPUT, type InputSource, inputError, limited } from './exchange/input.ts'
import type { ResponseHead, Sink } from './exchange/sink.ts'
import type { AcceptSocket, PlatformSockets } from './websocket/platform-socket.ts'

/** Options of a fetch handler. */
export interface FetchHandlerOptions {
  /** Where failures are written. @default the platform's console */
  readonly errors?: ErrorStream
  /** `tsgi.leaving`: aborts when the platform is about to end this process. */
  readonly leaving?: AbortSignal
  /** Bytes of a request body that are read at most; more is 413. @default 1 GiB */
  readonly bodyLimit?: number
  /** Accepts WebSockets: `platformSockets` of `@tsgi/gateways/websocket`. Without it there is no `tsgi.websocket`. */
  readonly sockets?: PlatformSockets
}

/** What a custom caller may pass for one request, instead of the values of a platform. */
export interface FetchOptions {
  /** The client's address. @default '' */
  readonly remoteAddr?: string
  /** Where failures are written. @default that of the handler */
  readonly errors?: ErrorStream
  /** Keeps the platform alive until work after the response is done. */
  readonly waitUntil?: (promise: Promise<unknown>) => void
}

/** The third argument on Workers; `waitUntil` keeps the invocation alive. */
export interface FetchContext {
  waitUntil(promise: Promise<unknown>): void
}

/**
 * Handles one Request. The further arguments are those of the platform: `(request, env, ctx)` on Workers,
 * `(request, server)` on Bun, `(request, info)` on Deno, or {@link FetchOptions}. The two ends of the application's life
 * (SPEC C89) are methods.
 */
export interface FetchHandler {
  (request: Request, platform?: FetchOptions | object, context?: FetchContext): Promise<Response>
  /** Starts the application. The first request does it otherwise, and waits. Rejects with the application's error. */
  start(): Promise<void>
  /** Ends the application, once. To be called after the last response. Rejects with the application's error. */
  close(): Promise<void>
}

/**
 * Makes a fetch handler out of a contract application. A failure of the application resolves with the 500; the promise
 * rejects only when the request's signal aborts before there is a Response. The body streams, as fast as it is read.
 *
 * The client's address comes from Bun's server or Deno's info. On Workers, `environ['workers.env']` has the bindings and
 * `environ['workers.ctx']` the context, and work after the response is kept alive by its `waitUntil`.
 *
 * With `sockets`, WebSockets are accepted by the platform's own (`tsgi.websocket`, SPEC C96). The promise then resolves with
 * what the platform wants, on Bun `undefined`.
 * @throws TypeError for an option that cannot be.
 * @example
 * export default { fetch: toFetchHandler(application) }
 */
export function toFetchHandler(application: Application, options: FetchHandlerOptions = {}): FetchHandler {
  const bodyLimit = checkBodyLimit('toFetchHandler', options.bodyLimit)
  const life = new ApplicationLife(application)
  const handler = (request: Request, platform?: FetchOptions | object, context?: FetchContext): Promise<Response> => {
    const facts = platformFacts(request, platform, context)
    const sink = new FetchSink(facts.waitUntil)
    const accept = options.sockets?.(request, platform)
    if (accept !== undefined) sink.websocket = (asked) => sink.accept(accept, request, asked)
    const url = new URL(request.url)
    const connection = {
      ...connectionFacts(url, facts, facts.errors ?? options.errors ?? consoleErrors),
      leaving: options.leaving,
    }
    const environ = makeEnviron(environTemplate(flatHeaders(request, url), connection), {
      method: request.method,
      target: requestTarget(url),
      protocol: 'HTTP/1.1',
      input: request.body === null ? EMPTY_INPUT : makeInput(request.body, bodyLimit),
    })
    if (environ === undefined) sendErrorResponse(sink, 400, request.method === 'HEAD')
    else if (Number(environ.CONTENT_LENGTH ?? 0) > bodyLimit) sendErrorResponse(sink, 413, request.method === 'HEAD')
    else {
      if (facts.workers !== undefined) Object.assign(environ, facts.workers)
      runWhenStarted(life, environ, sink, () => runExchange(application, environ, sink, request.signal))
    }
    return sink.response
  }
  return Object.assign(handler, { start: () => life.start(), close: () => life.close() })
}

interface PlatformFacts {
  readonly remoteAddr: string
  readonly remotePort: string
  readonly errors?: ErrorStream | undefined
  readonly waitUntil?: FetchOptions['waitUntil']
  /** Keys of the environ. */
  readonly workers?: { readonly 'workers.env': unknown; readonly 'workers.ctx': unknown }
}

/** Options are never read out of `env`: a binding there may have any name. */
function platformFacts(request: Request, platform: unknown, context: FetchContext | undefined): PlatformFacts {
  const nowhere = { remoteAddr: '', remotePort: '' }
  if (context !== undefined) {
    const waitUntil = (promise: Promise<unknown>) => context.waitUntil(promise)
    return { ...nowhere, waitUntil, workers: { 'workers.env': platform, 'workers.ctx': context } }
  }
  if (typeof platform !== 'object' || platform === null) return nowhere
  if (isBunServer(platform)) return addressOf(platform.requestIP(request), 'address')
  if ('remoteAddr' in platform && typeof platform.remoteAddr === 'object')
    return addressOf(platform.remoteAddr, 'hostname')
  const { remoteAddr = '', errors, waitUntil } = platform as FetchOptions
  return { remoteAddr: typeof remoteAddr === 'string' ? remoteAddr : '', remotePort: '', errors, waitUntil }
}

function isBunServer(platform: object): platform is { requestIP(request: Request): unknown } {
  return 'requestIP' in platform && typeof platform.requestIP === 'function'
}

/** `{ address, port }` of Bun, `{ hostname, port }` of Deno; over a unix socket there is neither. */
function addressOf(address: unknown, name: 'address' | 'hostname'): PlatformFacts {
  if (typeof address !== 'object' || address === null) return { remoteAddr: '', remotePort: '' }
  const [host, port]: unknown[] = [Reflect.get(address, name), Reflect.get(address, 'port')]
  return {
    remoteAddr: typeof host === 'string' ? plainAddress(host) : '',
    remotePort: typeof port === 'number' ? String(port) : '',
  }
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

function connectionFacts(url: URL, { remoteAddr, remotePort }: PlatformFacts, errors: ErrorStream): ConnectionFacts {
  const secure = url.protocol === 'https:'
  return {
    serverName: url.hostname,
    serverPort: url.port !== '' ? url.port : secure ? '443' : '80',
    scheme: secure ? 'https' : 'http',
    remoteAddr,
    remotePort,
    multiprocess: true,
    errors,
  }
}

/** A Request has no Host header: the host is in its URL. */
function flatHeaders(request: Request, url: URL): string[] {
  const flat = request.headers.has('host') ? [] : ['host', url.host]
  request.headers.forEach((value, name) => {
    flat.push(name, value)
  })
  return flat
}

/** Touches the stream only when the application reads: the platform handles an unread body. */
function makeInput(body: ReadableStream<Uint8Array>, bodyLimit: number): Input {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  const source: InputSource = {
    async pull() {
      reader ??= body.getReader()
      const { done, value } = await reader.read().catch(throwInputError)
      if (done) return null
      return value.byteLength > 0 ? value : source.pull()
    },
  }
  return new BodyInput(limited(source, bodyLimit))
}

function throwInputError(cause: unknown): never {
  throw inputError(400, 'the request body was cut short', cause)
}

/** Turns the pushes of an exchange into a Response whose body is pulled. */
class FetchSink implements Sink {
  readonly response: Promise<Response>
  readonly waitUntil: (promise: Promise<unknown>) => void
  /** Called when the platform stops reading. */
  onLeave: (reason: Error) => void = ignore
  /** Called when nothing will be read or written any more. */
  onSettled: () => void = ignore
  readonly #respond: PromiseWithResolvers<Response>
  /** Held back until the first chunk shows whether it is the whole body. */
  #head: ResponseHead | undefined
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #drained: PromiseWithResolvers<void> | undefined
  #socket: MessageSocket | undefined
  /** Set where the platform accepts WebSockets, for their handshakes. */
  websocket?: (options: MessageSocketOptions) => MessageSocket

  constructor(waitUntil: FetchOptions['waitUntil']) {
    this.waitUntil = waitUntil ?? ignore
    this.#respond = Promise.withResolvers()
    this.response = this.#respond.promise
  }

  writeHead(head: ResponseHead): void {
    this.#head = head
    if (head.bodyless || head.contentLength === 0) this.#answer(head, isLengthOpen(head) ? openBody() : null)
  }

  flushHead(): void {
    if (this.#head !== undefined) this.#answer(this.#head, this.#makeStream())
  }

  write(chunk: Chunk): boolean {
    const bytes = toBytes(chunk)
    if (this.#head?.contentLength === bytes.byteLength) {
      this.#answer(this.#head, bytes)
      return true
    }
    if (this.#head !== undefined) this.#answer(this.#head, this.#makeStream())
    this.#controller?.enqueue(bytes)
    return (this.#controller?.desiredSize ?? 0) > 0
  }

  #answer({ status, headers, contentLength }: ResponseHead, body: Uint8Array | ReadableStream | null): void {
    const list = new Headers()
    for (let i = 0; i < headers.length; i += 2) list.append(headers[i] ?? '', headers[i + 1] ?? '')
    if (contentLength !== undefined) list.set('Content-Length', String(contentLength))
    const init = { status: Number(status.slice(0, 3)), statusText: status.slice(4), headers: list }
    // The types ask for bytes that are not shared memory; Response copies either kind.
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
      { highWaterMark: HIGH_WATER_MARK_BYTES, size: (bytes) => bytes.byteLength },
    )
  }

  /** Implements `tsgi.websocket`. The Response of the platform goes out now; the exchange goes on. */
  accept(accept: AcceptSocket, request: Request, { protocol = '' }: MessageSocketOptions): MessageSocket {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.waitUntil(promise)
    // From here the socket says when the client goes: Deno aborts the signal of a request that it hands over.
    this.onSettled()
    const { socket, response } = accept(request, protocol, () => {
      resolve()
      this.leave(new Error('the WebSocket was closed'))
    })
    // Bun wants no Response for a handshake that it has taken: its types say so too.
    this.#respond.resolve(response as Response)
    this.#socket = socket
    return socket
  }

  drained(): Promise<void> {
    this.#drained = Promise.withResolvers()
    return this.#drained.promise
  }

  end(): void {
    this.#controller?.close()
    this.#socket?.close(1000)
    this.onSettled()
  }

  /** The reason goes to the operator only: the reader sees that bytes are missing. */
  abort(): void {
    this.#controller?.error(new Error('the response was cut short'))
    this.#socket?.close(1011)
    this.onSettled()
  }

  /** The client went away: the exchange ends. A Response that was not made yet is never made. */
  leave(reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error('the client went away')
    this.onSettled()
    this.onLeave(error)
    this.#controller?.error(error)
    this.#respond.reject(error)
  }
}

/** Bytes that may wait in a Response for its reader. */
const HIGH_WATER_MARK_BYTES = 65_536

/** HEAD of a body whose length is not known; 204, 205 and 304 never have one. */
function isLengthOpen({ code, bodyless, contentLength }: ResponseHead): boolean {
  return SAYS_ZERO && bodyless && contentLength === undefined && code !== 204 && code !== 205 && code !== 304
}

/** Bun and Deno send `Content-Length: 0` for HEAD with a `null` body, which a cache believes (RFC 9110 §8.6). */
const SAYS_ZERO = 'Bun' in globalThis || 'Deno' in globalThis

/** A body that the platform does not know the length of. It is never sent: the request is HEAD. */
function openBody(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(1))
      controller.close()
    },
  })
}

function ignore(): void {}
