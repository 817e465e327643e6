/**
 * Our application on `node:http`: `createServer(toNodeListener(application))`. Also on `node:https`, and inside any
 * framework that takes a `(request, response)` handler; mounted there, the prefix is its SCRIPT_NAME. Knows node's message objects; the exchange does the rest.
 *
 * Framing, keep-alive, `Date` and the answer to `Expect` are node's own.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Application, Chunk, ErrorStream, Input } from '@tsgi/contract'
import { plainAddress } from './exchange/address.ts'
import { ApplicationLife, runWhenStarted } from './exchange/application-life.ts'
import { checkBodyLimit } from './exchange/body-limit.ts'
import { toBytes } from './exchange/bytes.ts'
import { type ConnectionFacts, environTemplate, makeEnviron, shiftPath } from './exchange/environ.ts'
import { sendErrorResponse } from './exchange/error-response.ts'
import { consoleErrors } from './exchange/errors-stream.ts'
import { Exchange } from './exchange/exchange.ts'
import { BodyInput, EMPTY_INPUT, type InputSource, inputError, limited } from './exchange/input.ts'
import { LoopTurn } from './exchange/loop-turn.ts'
import type { ResponseHead, Sink } from './exchange/sink.ts'
import { mountedTarget } from './mount-prefix.ts'

export interface NodeOptions {
  /** Where failures are written. @default the console */
  readonly errors?: ErrorStream
  /** `tsgi.leaving`: abort it when the process begins to leave. */
  readonly leaving?: AbortSignal
  /** True if another process serves the same application (`node:cluster`). @default false */
  readonly multiprocess?: boolean
  /** Bytes of a request body that are read at most; more is 413. @default 1 GiB */
  readonly bodyLimit?: number
}

/** Handles the requests of a `node:http` server; the two ends of the application's life (SPEC C89) are its methods. */
export interface NodeListener {
  (request: IncomingMessage, response: ServerResponse): void
  /** Starts the application. The first request does it otherwise, and waits. Rejects with the application's error. */
  start(): Promise<void>
  /** Ends the application, once. To be called after the last response. Rejects with the application's error. */
  close(): Promise<void>
}

/**
 * Puts a contract application on a `node:http`, `node:https` or `node:http2` server (there by the compatibility API).
 * The listener never throws: an error of the application becomes a 500 and a line in `errors`.
 * @throws TypeError for an option that cannot be.
 * @example
 * createServer(toNodeListener(application)).listen(8000)
 */
export function toNodeListener(application: Application, options: NodeOptions = {}): NodeListener {
  const bodyLimit = checkBodyLimit('toNodeListener', options.bodyLimit)
  const life = new ApplicationLife(application)
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const sink = isHttp2(request) ? new Http2CompatSink(request, response) : new NodeSink(request, response)
    const { target, prefix } = mountedTarget(request)
    const environ = makeEnviron(environTemplate(headersOf(request), connectionFacts(request, options)), {
      method: request.method ?? 'GET',
      target,
      protocol: `HTTP/${request.httpVersion}`,
      input: inputOf(request, bodyLimit),
    })
    if (environ === undefined) {
      sendErrorResponse(sink, 400, request.method === 'HEAD')
      return
    }
    if (Number(environ.CONTENT_LENGTH ?? 0) > bodyLimit) {
      sendErrorResponse(sink, 413, request.method === 'HEAD')
      return
    }
    if (prefix !== '') shiftPath(environ, prefix)
    runWhenStarted(life, environ, sink, () => {
      const exchange = new Exchange(application, environ, sink)
      response.once('close', () => exchange.abort(new Error('the client went away')))
      exchange.run()
    })
  }
  return Object.assign(listener, { start: () => life.start(), close: () => life.close() })
}

function connectionFacts({ socket }: IncomingMessage, options: NodeOptions): ConnectionFacts {
  const secure = isEncrypted(socket)
  return {
    serverName: plainAddress(socket.localAddress) || 'localhost',
    serverPort: String(socket.localPort ?? (secure ? 443 : 80)),
    scheme: secure ? 'https' : 'http',
    remoteAddr: plainAddress(socket.remoteAddress),
    remotePort: socket.remotePort === undefined ? '' : String(socket.remotePort),
    multiprocess: options.multiprocess ?? false,
    errors: options.errors ?? consoleErrors,
    leaving: options.leaving,
  }
}

function isEncrypted(socket: IncomingMessage['socket']): boolean {
  return 'encrypted' in socket && socket.encrypted === true
}

function isHttp2({ httpVersionMajor }: IncomingMessage): boolean {
  return httpVersionMajor === 2
}

/** Over HTTP/2 without its pseudo headers: `:authority` is the host, and a second `host` is not another one. */
function headersOf(request: IncomingMessage): readonly string[] {
  const { rawHeaders } = request
  if (!isHttp2(request)) return rawHeaders
  const authority = request.headers[':authority']
  const flat: string[] = typeof authority === 'string' ? ['host', authority] : []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]]
    if (!name.startsWith(':') && (typeof authority !== 'string' || name !== 'host')) flat.push(name, value)
  }
  return flat
}

function inputOf(request: IncomingMessage, bodyLimit: number): Input {
  if (!hasBody(request)) return EMPTY_INPUT
  return new BodyInput(limited(new NodeSource(request), bodyLimit))
}

/** A request has a body only if it says so (RFC 9112 §6.3); over HTTP/2, if its stream has not ended with the head. */
function hasBody(request: IncomingMessage): boolean {
  const { headers } = request
  if (isHttp2(request)) return !request.readableEnded && headers['content-length'] !== '0'
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

/** Takes bytes only when asked, so that a client cannot send faster than the application reads. */
class NodeSource implements InputSource {
  readonly #request: IncomingMessage
  /** Whether the framing has a place for trailers (RFC 9112 §7.1.2, RFC 9113 §8.1). */
  readonly #mayHaveTrailers: boolean

  constructor(request: IncomingMessage) {
    this.#request = request
    this.#mayHaveTrailers = isHttp2(request) || request.headers['transfer-encoding'] !== undefined
  }

  get trailers(): readonly string[] | undefined {
    return this.#mayHaveTrailers ? this.#request.rawTrailers : undefined
  }

  async pull(): Promise<Uint8Array | null> {
    const request = this.#request
    for (;;) {
      const chunk: Uint8Array | null = request.read()
      if (chunk !== null) return chunk
      if (request.readableEnded) return null
      if (request.destroyed) throw inputError(400, 'the request body was cut short', request.errored)
      await nextEvent(request)
    }
  }
}

/** Resolves when there is more to read, or when there will be no more. */
function nextEvent(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const events = ['readable', 'end', 'error', 'close'] as const
    const settle = () => {
      for (const event of events) request.off(event, settle)
      resolve()
    }
    for (const event of events) request.on(event, settle)
  })
}

/** One for all listeners: they share the event loop. */
const loopTurn = new LoopTurn()

class NodeSink implements Sink {
  readonly turn = loopTurn
  readonly hasTrailers = true
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  #asOctets = false
  /** True when nothing but the end of the connection ends the message (RFC 9112 §6.3, item 8). */
  #endsByClose = false

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request
    this.#response = response
  }

  writeHead({ status, headers, contentLength, bodyless, trailers }: ResponseHead): void {
    const flat = [...headers]
    // Without a length, Node sends chunks to HTTP/1.1, and trailers behind the last.
    if (trailers !== undefined) flat.push('Trailer', trailers.join(', '))
    else if (contentLength !== undefined) flat.push('Content-Length', String(contentLength))
    // Node sends a head together with a first chunk of text, in the encoding of the text: é would become two bytes.
    this.#asOctets = flat.some((text) => /[\x80-\xff]/.test(text)) || /[\x80-\xff]/.test(status)
    this.#endsByClose = contentLength === undefined && !bodyless && this.#request.httpVersionMinor === 0
    this.#response.writeHead(Number(status.slice(0, 3)), status.slice(4), flat)
  }

  flushHead(): void {
    this.#response.flushHeaders()
  }

  write(chunk: Chunk): boolean {
    return this.#response.write(this.#asOctets ? toBytes(chunk) : chunk)
  }

  /** It is also asked where a body only rests: no 'drain' comes then. */
  drained(): Promise<void> {
    if (!this.#response.writableNeedDrain) return Promise.resolve()
    return new Promise((resolve) => {
      this.#response.once('drain', resolve)
    })
  }

  /** Reads and drops the rest of the body: the next request follows it (RFC 9112 §9.3). */
  end(trailers: readonly string[] = []): void {
    if (trailers.length > 0) this.#response.addTrailers(pairsOf(trailers))
    this.#response.end()
    this.#request.resume()
  }

  abort(): void {
    const { socket } = this.#request
    // Where the end of the connection is the end of the message, only a reset shows that something is missing.
    if (this.#endsByClose && socket.remotePort !== undefined && !isEncrypted(socket)) socket.resetAndDestroy()
    else this.#response.destroy()
  }

  informational(_status: string, headers: readonly string[]): void {
    if (this.#request.httpVersion === '1.0') return // RFC 9110 §15.2
    const links: string[] = []
    const hints: Record<string, string | string[]> = { link: links }
    for (let i = 0; i < headers.length; i += 2) {
      const name = (headers[i] ?? '').toLowerCase()
      const value = headers[i + 1] ?? ''
      if (name === 'link') links.push(value)
      else hints[name] = Object.hasOwn(hints, name) ? `${hints[name]}, ${value}` : value
    }
    try {
      this.#response.writeEarlyHints(hints)
    } catch {
      // A hint is advice: one that node finds no link in is not worth the response.
    }
  }
}

/**
 * Over `node:http2`'s compatibility API: there is no reason phrase, no framing, and a failure must reset the stream, or
 * the client takes the response for whole (RFC 9113 §8.1).
 */
class Http2CompatSink extends NodeSink {
  readonly #response: ServerResponse

  constructor(request: IncomingMessage, response: ServerResponse) {
    super(request, response)
    this.#response = response
  }

  override writeHead({ code, headers, contentLength, trailers }: ResponseHead): void {
    for (let i = 0; i < headers.length; i += 2) this.#response.appendHeader(headers[i] ?? '', headers[i + 1] ?? '')
    if (contentLength !== undefined) this.#response.setHeader('Content-Length', contentLength)
    if (trailers !== undefined) this.#response.setHeader('Trailer', trailers.join(', '))
    this.#response.writeHead(code)
  }

  /** One value each: Node takes a list of values only where a name comes twice. */
  override end(trailers: readonly string[] = []): void {
    const fields: Record<string, string | string[]> = {}
    for (const [name, value] of pairsOf(trailers)) {
      const before = fields[name.toLowerCase()]
      fields[name.toLowerCase()] = before === undefined ? value : [before, value].flat()
    }
    if (trailers.length > 0) (this.#response as ServerResponse & Http2Trailers).addTrailers(fields)
    super.end()
  }

  override abort(): void {
    const { stream } = this.#response as ServerResponse & { readonly stream?: Destroyable }
    stream?.destroy(new Error('the response was cut short'))
  }
}

function pairsOf(flat: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] ?? '', flat[i + 1] ?? ''])
  return pairs
}

interface Http2Trailers {
  addTrailers(fields: Readonly<Record<string, string | string[]>>): void
}

interface Destroyable {
  destroy(error: Error): void
}
