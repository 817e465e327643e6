/**
 * The client's half of a WebSocket in tests, and the `MessageSocket` that the application gets of it. Knows the contract;
 * sends nothing anywhere.
 */
import type { MessageSocket, SocketEnd } from '@tsgi/contract'

/** Messages in one direction. */
class Pipe implements AsyncIterable<string | Uint8Array> {
  readonly #waiting: (string | Uint8Array)[] = []
  #wake: (() => void) | undefined
  #isOver = false

  push(message: string | Uint8Array): void {
    if (this.#isOver) return
    this.#waiting.push(message)
    this.#wake?.()
  }

  end(): void {
    this.#isOver = true
    this.#wake?.()
  }

  /** @returns undefined at the end. */
  async next(): Promise<string | Uint8Array | undefined> {
    for (;;) {
      const message = this.#waiting.shift()
      if (message !== undefined || this.#isOver) return message
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string | Uint8Array, void> {
    for (let message = await this.next(); message !== undefined; message = await this.next()) yield message
  }
}

/**
 * The client of a WebSocket, without a socket. To iterate is to receive; the loop ends with the connection.
 * @example
 * const socket = await request(application).websocket('/echo')
 * socket.send('hello')
 * console.log(await socket.next()) // hello
 */
export class TestSocket implements AsyncIterable<string | Uint8Array> {
  /** The subprotocol that the application has chosen; `''` for none. */
  readonly protocol: string
  /** Resolves with the close code of the application, when the connection is closed. */
  readonly closed: Promise<SocketEnd>
  readonly #toClient = new Pipe()
  readonly #toServer = new Pipe()
  readonly #clientEnd = Promise.withResolvers<SocketEnd>()
  readonly #serverEnd = Promise.withResolvers<SocketEnd>()
  readonly #vanish: () => void
  #isClosed = false

  /** @param vanish the client is gone, for the application. */
  constructor(protocol: string, vanish: () => void) {
    this.protocol = protocol
    this.closed = this.#serverEnd.promise
    this.#vanish = vanish
  }

  /** Sends text or bytes as they are, anything else as JSON. Does nothing once the connection is closed. */
  send(message: unknown): void {
    const isPlain = typeof message === 'string' || message instanceof Uint8Array
    const text: string | Uint8Array | undefined = isPlain ? message : JSON.stringify(message)
    if (text === undefined) throw new TypeError(`send: ${typeof message} has no JSON form`)
    this.#toServer.push(text)
  }

  /** The next message. @throws Error with the close code when the connection is closed instead. */
  async next(): Promise<string | Uint8Array> {
    const message = await this.#toClient.next()
    if (message !== undefined) return message
    const { code, reason } = await this.closed
    throw new Error(`the WebSocket was closed with ${code ?? 'no code'}${reason === '' ? '' : `: ${reason}`}`)
  }

  /** The next message as JSON. @throws SyntaxError for other text. */
  async json(): Promise<unknown> {
    const message = await this.next()
    return JSON.parse(typeof message === 'string' ? message : new TextDecoder().decode(message))
  }

  [Symbol.asyncIterator](): AsyncIterator<string | Uint8Array> {
    return this.#toClient[Symbol.asyncIterator]()
  }

  /** Closes as a client does. Resolves when the application has seen it, with the code that it has answered. */
  close(code?: number, reason = ''): Promise<SocketEnd> {
    this.#end({ code, reason }, { code, reason })
    return this.closed
  }

  /** Vanishes without a word, as a client whose network is gone. */
  destroy(): void {
    this.#end({ code: 1006, reason: '' }, { code: 1006, reason: '' })
    this.#vanish()
  }

  /** What the application gets. */
  get server(): MessageSocket {
    return {
      messages: this.#toServer,
      closed: this.#clientEnd.promise,
      send: async (message) => {
        if (this.#isClosed) throw new Error('the WebSocket is closed')
        // A copy: the application may use its bytes again.
        this.#toClient.push(typeof message === 'string' ? message : message.slice())
      },
      close: (code, reason = '') => this.#end({ code, reason }, { code, reason }),
    }
  }

  #end(forServer: SocketEnd, forClient: SocketEnd): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#toClient.end()
    this.#toServer.end()
    this.#clientEnd.resolve(forServer)
    this.#serverEnd.resolve(forClient)
  }
}
