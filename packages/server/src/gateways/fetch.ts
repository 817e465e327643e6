/**
 * Our application as a fetch handler, `(Request) => Promise<Response>`: Bun, Deno, Workers, service workers, tests.
 * Knows the fetch standard and nothing of `node:`.
 */
import type { Application, Chunk, ErrorStream, Input, InputError } from '@tsgi/contract'
import { type ConnectionFacts, environTemplate, makeEnviron } from '../exchange/environ.ts'
import { consoleErrors } from '../exchange/errors-stream.ts'
import { Exchange } from '../exchange/exchange.ts'
import { BodyInput, EMPTY_INPUT } from '../exchange/input.ts'
import { toOctets } from '../exchange/octets.ts'
import { refuse } from '../exchange/refuse.ts'
import type { ResponseHead, Sink } from '../exchange/sink.ts'

/** What a platform knows beside the Request; all of it optional. */
export interface FetchOptions {
  /** The client's address; `''` by default. */
  readonly remoteAddr?: string
  /** Where failures are written; `console.error` by default. */
  readonly errors?: ErrorStream
  /** Keeps the platform alive until work after the response is done. */
  readonly waitUntil?: (promise: Promise<unknown>) => void
}

export type FetchHandler = (request: Request, options?: FetchOptions) => Promise<Response>

/**
 * Makes a fetch handler out of a contract application. The promise never rejects for what the application does: it
 * resolves with the 500. The body streams: it is pulled as fast as the platform reads it.
 */
export function toFetchHandler(application: Application): FetchHandler {
  return (request, options = {}) => {
    const sink = new FetchSink(options.waitUntil)
    const url = new URL(request.url)
    const environ = makeEnviron(environTemplate(flatHeaders(request, url), connectionFacts(url, options)), {
      method: request.method,
      target: url.pathname + url.search,
      protocol: 'HTTP/1.1',
      input: makeInput(request),
    })
    if (environ === undefined) refuse(sink, 400, request.method === 'HEAD')
    else {
      const exchange = new Exchange(application, environ, sink)
      sink.onCancel = (reason) => exchange.abort(reason)
      request.signal.addEventListener('abort', () => sink.cancel(request.signal.reason), { once: true })
      exchange.run()
    }
    return sink.response
  }
}

function connectionFacts(url: URL, options: FetchOptions): ConnectionFacts {
  const secure = url.protocol === 'https:'
  return {
    serverName: url.hostname,
    serverPort: url.port !== '' ? url.port : secure ? '443' : '80',
    scheme: secure ? 'https' : 'http',
    remoteAddr: options.remoteAddr ?? '',
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

function makeInput(request: Request): Input {
  if (request.body === null) return EMPTY_INPUT
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader()
  return new BodyInput({
    async pull() {
      try {
        const { done, value } = await reader.read()
        return done ? null : value.byteLength > 0 ? value : this.pull()
      } catch (cause) {
        throw inputError(cause)
      }
    },
  })
}

function inputError(cause: unknown): InputError {
  return Object.assign(new Error('wsgi.input: the request body was cut short', { cause }), {
    'tsgi.status': 400,
  } as const)
}

/** Turns the pushes of an exchange into a Response whose body is pulled. */
class FetchSink implements Sink {
  readonly response: Promise<Response>
  readonly waitUntil: (promise: Promise<void>) => void
  /** Told when the platform reads no further. */
  onCancel: (reason: Error) => void = () => undefined
  readonly #respond: PromiseWithResolvers<Response>
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #drained: PromiseWithResolvers<void> | undefined

  constructor(waitUntil: (promise: Promise<unknown>) => void = () => undefined) {
    this.waitUntil = waitUntil
    this.#respond = Promise.withResolvers()
    this.response = this.#respond.promise
  }

  writeHead({ status, headers, contentLength, bodyless }: ResponseHead): void {
    const list = new Headers()
    for (let i = 0; i < headers.length; i += 2) list.append(headers[i] ?? '', headers[i + 1] ?? '')
    if (contentLength !== undefined) list.set('Content-Length', String(contentLength))
    const body = bodyless ? null : this.#makeStream()
    const init = { status: Number(status.slice(0, 3)), statusText: status.slice(4), headers: list }
    this.#respond.resolve(new Response(body, init))
  }

  #makeStream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller
      },
      pull: () => this.#drained?.resolve(),
      cancel: (reason) => this.cancel(reason),
    })
  }

  write(chunk: Chunk): boolean {
    this.#controller?.enqueue(toOctets(chunk))
    return (this.#controller?.desiredSize ?? 0) > 0
  }

  drained(): Promise<void> {
    this.#drained = Promise.withResolvers()
    return this.#drained.promise
  }

  end(): void {
    this.#controller?.close()
  }

  abort(reason: unknown): void {
    this.#controller?.error(reason instanceof Error ? new Error('the response was cut short') : reason)
  }

  /** The client went away: the exchange ends, and a Response that nobody has got yet is never made. */
  cancel(reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error('the client went away')
    this.onCancel(error)
    this.#respond.reject(error)
  }
}
