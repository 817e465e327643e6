/** One connection of bare bytes: sends what it is given, and gives what came, response by response. */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Answer, bytesOf } from './message.ts'
import { readResponse } from './response-reader.ts'

export class Connection {
  readonly socket: Socket
  /** What has come, in a buffer that grows by doubling: responses may be of many MiB. */
  #buffer: Buffer = Buffer.alloc(65_536)
  #length = 0
  #ended: 'fin' | 'reset' | undefined
  #changed = Promise.withResolvers<void>()

  constructor(url: string) {
    this.socket = socketTo(url)
    this.socket.on('data', (bytes: Buffer) => this.#change(() => this.#append(bytes)))
    this.socket.on('end', () => this.#change(() => (this.#ended ??= 'fin')))
    this.socket.on('error', () => this.#change(() => (this.#ended ??= 'reset')))
    this.socket.on('close', (failed) => this.#change(() => (this.#ended ??= failed ? 'reset' : 'fin')))
  }

  send(data: string | Uint8Array): this {
    this.socket.write(bytesOf(data))
    return this
  }

  /** Ends our side; the server may still answer. */
  end(): void {
    this.socket.end()
  }

  destroy(): void {
    this.socket.destroy()
  }

  /** Everything that has come and was not taken by `response()`. */
  get received(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  get ended(): 'fin' | 'reset' | undefined {
    return this.#ended
  }

  /** The next response, whole or cut. @throws Error when the connection ends without one. */
  async response(method = 'GET'): Promise<Answer> {
    for (;;) {
      const outcome = readResponse(this.received, method, this.#ended)
      if (outcome !== 'incomplete') {
        this.#take(outcome.length)
        return outcome.answer
      }
      await this.#changed.promise
    }
  }

  /** Waits until what has come fits. */
  async until(fits: (received: Buffer) => boolean): Promise<void> {
    while (!fits(this.received)) {
      if (this.#ended !== undefined) throw new Error(`the connection ended (${this.#ended}) too early`)
      await this.#changed.promise
    }
  }

  async closed(): Promise<'fin' | 'reset'> {
    while (this.#ended === undefined) await this.#changed.promise
    return this.#ended
  }

  #append(bytes: Buffer): void {
    if (this.#length + bytes.length > this.#buffer.length) {
      const larger = Buffer.alloc(2 * (this.#length + bytes.length))
      this.received.copy(larger)
      this.#buffer = larger
    }
    bytes.copy(this.#buffer, this.#length)
    this.#length += bytes.length
  }

  #take(length: number): void {
    this.#buffer = this.#buffer.subarray(length)
    this.#length -= length
  }

  #change(act: () => void): void {
    act()
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}

function socketTo(url: string): Socket {
  if (url.startsWith('unix:')) return connectTcp({ path: url.slice('unix:'.length), allowHalfOpen: true })
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  // The certificate of a target under test is its own business.
  if (protocol === 'https:')
    return connectTls({ host, port: Number(port || 443), rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
  return connectTcp({ host, port: Number(port || 80), allowHalfOpen: true, noDelay: true })
}
