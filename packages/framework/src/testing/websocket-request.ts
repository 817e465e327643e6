/**
 * `request(application).websocket('/chat/1')`: the handshake of a WebSocket in the making. Awaiting it gives the client's
 * half, or throws the response that refuses. Knows the draft; how it is sent is passed in.
 */
import type { Environ, MessageSocket, MessageSocketOptions } from '@tsgi/contract'
import type { TestResponse } from '@tsgi/contract/testing'
import { stringifyCookie } from 'cookie'
import type { Draft } from './test-request.ts'
import { TestSocket } from './test-socket.ts'

/** The application has refused a handshake: 400, 401, 403, 404, 426 … */
export class WebSocketRefusedError extends Error {
  override readonly name = 'WebSocketRefusedError'
  /** What it has responded. */
  readonly response: TestResponse

  constructor(response: TestResponse) {
    super(`the WebSocket was refused with ${response.statusLine}`)
    this.response = response
  }
}

type Send = (draft: Draft) => PromiseLike<TestResponse>

/** A handshake that is being put together. Each method returns a new one; `await` sends it, once. */
export class WebSocketRequest implements PromiseLike<TestSocket> {
  readonly #draft: Draft
  readonly #send: Send
  #opening: Promise<TestSocket> | undefined

  constructor(draft: Draft, send: Send) {
    this.#draft = draft
    this.#send = send
  }

  /** Adds a header, such as `Origin`. One of the handshake's own replaces it. */
  header(name: string, value: string): WebSocketRequest {
    const others = this.#draft.headers.filter(([given]) => given.toLowerCase() !== name.toLowerCase())
    return this.#with({ headers: [...(isHandshake(name) ? others : this.#draft.headers), [name, value]] })
  }

  /** Adds a cookie, its value percent-encoded where it has to be. */
  cookie(name: string, value: string): WebSocketRequest {
    return this.header('Cookie', stringifyCookie({ [name]: value }))
  }

  /** Offers subprotocols, in order of preference. */
  protocols(...names: readonly string[]): WebSocketRequest {
    return this.header('Sec-WebSocket-Protocol', names.join(', '))
  }

  /** Overrides keys of the environ: `{ 'tsgi.leaving': signal }`. */
  environ(overrides: Partial<Environ>): WebSocketRequest {
    return this.#with({ environ: { ...this.#draft.environ, ...overrides } })
  }

  /** The response to the handshake: 101, or the refusal. An accepted connection is closed at once. */
  async response(): Promise<TestResponse> {
    try {
      const { draft, response } = this.#begin((socket) => void socket.close(1000))
      return await response(draft)
    } catch (error) {
      if (error instanceof WebSocketRefusedError) return error.response
      throw error
    }
  }

  /** Sends it, the first time: `await` calls this. */
  // biome-ignore lint/suspicious/noThenProperty: a handshake is awaited for its socket; that is what it is for
  then<Value = TestSocket, Caught = never>(
    fulfilled?: ((socket: TestSocket) => Value | PromiseLike<Value>) | null,
    rejected?: ((error: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Value | Caught> {
    this.#opening ??= this.#open()
    return this.#opening.then(fulfilled, rejected)
  }

  #open(): Promise<TestSocket> {
    return new Promise((resolve, reject) => {
      const { draft, response } = this.#begin(resolve)
      response(draft).then((refusal) => reject(new WebSocketRefusedError(refusal)), reject)
    })
  }

  #begin(opened: (socket: TestSocket) => void): {
    readonly draft: Draft
    readonly response: (draft: Draft) => Promise<TestResponse>
  } {
    const gone = new AbortController()
    const given = this.#draft.environ['tsgi.signal']
    const signal = given === undefined ? gone.signal : AbortSignal.any([given, gone.signal])
    const websocket = ({ protocol = '' }: MessageSocketOptions): MessageSocket => {
      const socket = new TestSocket(protocol, () => gone.abort(new Error('the client went away')))
      opened(socket)
      return socket.server
    }
    const draft = { ...this.#draft, environ: { ...this.#draft.environ, 'tsgi.signal': signal }, websocket }
    return { draft, response: async (sent) => this.#send(sent) }
  }

  #with(change: Partial<Draft>): WebSocketRequest {
    return new WebSocketRequest({ ...this.#draft, ...change }, this.#send)
  }
}

/** What a client sends (RFC 6455 §4.1). The key is the one of the standard's example. */
export const HANDSHAKE = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
] as const

function isHandshake(name: string): boolean {
  return HANDSHAKE.some(([own]) => own.toLowerCase() === name.toLowerCase())
}
