/**
 * A listener that serves connections as a worker does, and a client that speaks octets. The application runs under
 * `validate()`; at the end every response must have been ended, and nothing may have broken the contract.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'
import { type Application, type ValidatedApplication, validate } from '@tsgi/contract'
import { ConnectionContext, type ConnectionSettings } from '../../packages/server/src/connection/connection-context.ts'
import { type Http1Connection, serveHttp1 } from '../../packages/server/src/connection/http1-connection.ts'
import { settingsFor } from '../wire/replay.ts'

export class Harness implements AsyncDisposable {
  readonly context: ConnectionContext
  readonly connections = new Set<Http1Connection>()
  readonly sockets = new Set<Socket>()
  #clients: Client[] = []
  readonly #server: Server
  readonly #application: ValidatedApplication

  constructor(application: Application, other?: Partial<ConnectionSettings>) {
    this.#application = validate(application, { strict: true })
    this.context = new ConnectionContext(settingsFor(this.#application, other))
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#serve(socket))
  }

  static async start(application: Application, other?: Partial<ConnectionSettings>): Promise<Harness> {
    const harness = new Harness(application, other)
    await new Promise<void>((resolve) => harness.#server.listen(0, '127.0.0.1', resolve))
    return harness
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('not listening')
    return address.port
  }

  async client(): Promise<Client> {
    const socket = connect({ port: this.port, host: '127.0.0.1', allowHalfOpen: true })
    await new Promise((resolve) => socket.once('connect', resolve))
    const client = new Client(socket)
    this.#clients.push(client)
    return client
  }

  /** For tests that watch memory: clients that are gone are not kept. */
  forgetClients(): void {
    this.#clients = this.#clients.filter(({ socket }) => !socket.destroyed)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.socket.destroy()
    for (const connection of this.connections) connection.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
    this.#application.verify()
  }

  #serve(socket: Socket): void {
    const connection = serveHttp1(socket, this.context)
    this.connections.add(connection)
    this.sockets.add(socket)
    socket.once('close', () => {
      this.connections.delete(connection)
      this.sockets.delete(socket)
    })
  }
}

export class Client {
  readonly socket: Socket
  /** All that came, as latin-1 text. */
  received = ''
  /** Resolves when the server has ended its side: by FIN, or by cutting the connection. */
  readonly ended: Promise<'fin' | 'reset'>
  #wake: (() => void) | undefined

  constructor(socket: Socket) {
    this.socket = socket
    this.ended = new Promise((resolve) => {
      socket.on('end', () => resolve('fin'))
      socket.on('error', () => resolve('reset'))
      socket.on('close', () => resolve('reset'))
    })
    socket.on('data', (octets) => {
      this.received += octets.toString('latin1')
      this.#wake?.()
    })
  }

  send(latin1: string): void {
    this.socket.write(latin1, 'latin1')
  }

  halfClose(): void {
    this.socket.end()
  }

  /** Resolves when `text` has come. */
  async until(text: string): Promise<void> {
    while (!this.received.includes(text)) await new Promise<void>((resolve) => (this.#wake = resolve))
  }

  /** All that came before the server ended its side. */
  async rest(): Promise<string> {
    await this.ended
    return this.received
  }
}

/** Resolves when `condition` holds; looks once a turn. The test's own time limit is the bound. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2))
}

export function get(target: string, fields = ''): string {
  return `GET ${target} HTTP/1.1\r\nHost: a.test\r\n${fields}\r\n`
}

export function post(body: string, fields = '', target = '/'): string {
  return `POST ${target} HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`
}
