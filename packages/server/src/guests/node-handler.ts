/**
 * Any `(request, response)` handler as a contract application: Express, Koa, Fastify, Connect, Nest, a bare function.
 *
 * The handler gets Node's own message objects. They are made from the environ (docs/decisions/0012-messages-without-a-parser.md).
 * Where more than two messages are exchanged, an `http.Server` that never listens makes them: each request is a connection
 * of its own (0010). Knows the contract and `node:http`; no framework.
 */
import type { IncomingMessage, ServerOptions } from 'node:http'
import type { Application, Environ } from '@tsgi/contract'
import { AbortWatch } from './node/abort-watch.ts'
import { GuestSocket, type NodeHandler } from './node/guest-socket.ts'
import { isHttpServer, Server } from './node/http.ts'
import { type GuestTransport, NodeExchange } from './node/node-exchange.ts'

export type { NodeHandler }

export interface NodeHandlerOptions {
  /** For the `http.Server` that makes the message objects, such as `IncomingMessage` and `ServerResponse` classes. */
  readonly serverOptions?: ServerOptions | undefined
}

/**
 * Makes a contract application out of a Node handler, or of an `http.Server` that has one and does not listen.
 *
 * Where it is mounted, `request.url` is what is below the mount, and `originalUrl` and `baseUrl` have the rest.
 * What differs from `node:http` is listed, with reasons, in docs/guests.md. Time limits are the server's.
 *
 * @throws TypeError when `handler` is neither.
 */
export function fromNodeHandler(handler: NodeHandler | Server, options: NodeHandlerOptions = {}): Application {
  const call = callable(handler)
  const server = messageServer(options.serverOptions)
  server.on('request', (request, response) => serve(request, (socket) => socket.owner.serve(request, response)))
  if (isHttpServer(handler)) {
    passExpectations(server, handler)
    passUpgrades(server, handler)
  }
  server.on('clientError', (error, socket) => {
    if (isHttpServer(handler) && handler.emit('clientError', error, socket)) return
    if (socket instanceof GuestSocket) socket.owner.refused()
  })
  const road: GuestTransport = { server, signals: new AbortWatch(), isDirect: options.serverOptions === undefined }
  return (environ, startResponse) => new NodeExchange(call, environ, startResponse).run(road)
}

/** The environ of a request that came through `fromNodeHandler`; `undefined` for any other. */
export function environOf(request: IncomingMessage): Environ | undefined {
  return request.socket instanceof GuestSocket ? request.socket.environ : undefined
}

function callable(handler: NodeHandler | Server): NodeHandler {
  if (isHttpServer(handler)) return (request, response) => handler.emit('request', request, response)
  if (typeof handler === 'function') return handler
  throw new TypeError('fromNodeHandler takes a (request, response) function, or an http.Server that has one')
}

/** Limits and clocks are those of the server that hosts us: none here may be narrower. */
function messageServer(options: ServerOptions | undefined): Server {
  const server = new Server({ ...NO_LIMITS, ...options })
  server.timeout = 0
  server.maxHeadersCount = 0
  return server
}

const NO_LIMITS: ServerOptions = {
  keepAliveTimeout: 0,
  headersTimeout: 0,
  requestTimeout: 0,
  maxHeaderSize: 1_048_576,
  requireHostHeader: false,
}

/** `Expect` has events of its own, if the handler's server listens to them. */
function passExpectations(server: Server, handler: Server): void {
  for (const event of ['checkContinue', 'checkExpectation'] as const) {
    if (handler.listenerCount(event) > 0) {
      server.on(event, (request, response) =>
        serve(request, ({ owner }) =>
          owner.serve(request, response, (...messages) => handler.emit(event, ...messages)),
        ),
      )
    }
  }
}

/** `Upgrade` is an offer to listeners. Without one the request is an ordinary one, as on `node:http`. */
function passUpgrades(server: Server, handler: Server): void {
  const pass = (...message: unknown[]): void => {
    const [, socket] = message
    if (socket instanceof GuestSocket) socket.owner.attempt(() => handler.emit('upgrade', ...message))
  }
  const listen = (): void => {
    if (server.listenerCount('upgrade') === 0) server.on('upgrade', pass)
  }
  if (handler.listenerCount('upgrade') > 0) listen()
  handler.on('newListener', (event: string) => event === 'upgrade' && listen())
  // Node asks whether there are listeners. A request that no listener takes would wait for ever.
  handler.on('removeListener', (event: string) => {
    if (event === 'upgrade' && handler.listenerCount('upgrade') === 0) server.off('upgrade', pass)
  })
}

function serve(request: IncomingMessage, then: (socket: GuestSocket) => void): void {
  if (request.socket instanceof GuestSocket) then(request.socket)
}
