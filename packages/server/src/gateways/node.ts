/**
 * Our application on `node:http`: `createServer(toNodeListener(application))`. Also on `node:https`, and inside any
 * framework that takes a `(request, response)` handler. Knows node's message objects; the exchange does the rest.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Application, Chunk, InputError } from '@tsgi/contract'
import { environTemplate, makeEnviron } from '../exchange/environ.ts'
import { consoleErrors } from '../exchange/errors-stream.ts'
import { Exchange } from '../exchange/exchange.ts'
import { BodyInput, EMPTY_INPUT, type InputSource } from '../exchange/input.ts'
import { refuse } from '../exchange/refuse.ts'
import type { ResponseHead, Sink } from '../exchange/sink.ts'

/** Handles one request of a `node:http` server. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => void

/**
 * Puts a contract application on a `node:http` server.
 * @throws never: what goes wrong in the application is answered with 500 and written to `console.error`.
 */
export function toNodeListener(application: Application): NodeListener {
  return (request, response) => {
    const sink = new NodeSink(response)
    const environ = makeEnviron(environTemplate(request.rawHeaders, connectionFacts(request)), {
      method: request.method ?? 'GET',
      target: request.url ?? '/',
      protocol: `HTTP/${request.httpVersion}`,
      input: hasBody(request) ? new BodyInput(new NodeSource(request)) : EMPTY_INPUT,
    })
    if (environ === undefined) {
      refuse(sink, 400, request.method === 'HEAD')
      return
    }
    const exchange = new Exchange(application, environ, sink)
    response.once('close', () => exchange.abort(new Error('the client went away')))
    exchange.run()
  }
}

function connectionFacts(request: IncomingMessage): Parameters<typeof environTemplate>[1] {
  const { socket } = request
  const secure = 'encrypted' in socket
  return {
    serverName: socket.localAddress ?? 'localhost',
    serverPort: String(socket.localPort ?? (secure ? 443 : 80)),
    scheme: secure ? 'https' : 'http',
    remoteAddr: socket.remoteAddress ?? '',
    remotePort: socket.remotePort === undefined ? '' : String(socket.remotePort),
    multiprocess: false,
    errors: consoleErrors,
  }
}

/** A request has a body only if it says so (RFC 9112 §6.3). */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

class NodeSource implements InputSource {
  readonly #request: IncomingMessage
  #chunks: AsyncIterator<Uint8Array> | undefined

  constructor(request: IncomingMessage) {
    this.#request = request
  }

  async pull(): Promise<Uint8Array | null> {
    this.#chunks ??= this.#request[Symbol.asyncIterator]()
    try {
      const step = await this.#chunks.next()
      return step.done === true ? null : step.value
    } catch (error) {
      throw inputError(error)
    }
  }
}

function inputError(cause: unknown): InputError {
  return Object.assign(new Error('wsgi.input: the request body was cut short', { cause }), {
    'tsgi.status': 400,
  } as const)
}

class NodeSink implements Sink {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  writeHead({ status, headers, contentLength }: ResponseHead): void {
    const flat = contentLength === undefined ? [...headers] : [...headers, 'Content-Length', String(contentLength)]
    this.#response.writeHead(Number(status.slice(0, 3)), status.slice(4), flat)
  }

  write(chunk: Chunk): boolean {
    return this.#response.write(chunk)
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#response.once('drain', resolve)
    })
  }

  end(): void {
    this.#response.end()
  }

  abort(): void {
    this.#response.destroy()
  }

  informational(_status: string, headers: readonly string[]): void {
    const hints: Record<string, string[]> = {}
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] ?? ''
      hints[name] = [...(hints[name] ?? []), headers[i + 1] ?? '']
    }
    this.#response.writeEarlyHints(hints)
  }
}
