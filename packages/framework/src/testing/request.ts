/** `request(application).post('/users').json({…})`: one request, without anything kept from others. */
import type { Application } from '@tsgi/contract'
import { type RequestOptions, send } from './exchange.ts'
import { type Draft, TestRequest } from './test-request.ts'
import { HANDSHAKE, WebSocketRequest } from './websocket-request.ts'

/** Begins requests. The target is percent-encoded and may have a query. */
export class TestClient {
  readonly #send: (draft: Draft) => ReturnType<typeof send>

  constructor(sendDraft: (draft: Draft) => ReturnType<typeof send>) {
    this.#send = sendDraft
  }

  get(target: string): TestRequest {
    return this.method('GET', target)
  }

  head(target: string): TestRequest {
    return this.method('HEAD', target)
  }

  post(target: string): TestRequest {
    return this.method('POST', target)
  }

  put(target: string): TestRequest {
    return this.method('PUT', target)
  }

  patch(target: string): TestRequest {
    return this.method('PATCH', target)
  }

  delete(target: string): TestRequest {
    return this.method('DELETE', target)
  }

  options(target: string): TestRequest {
    return this.method('OPTIONS', target)
  }

  /**
   * A WebSocket: `await` gives the client's half, without a socket. A refused handshake throws a `WebSocketRefusedError` that
   * holds the response; `.response()` gives it instead.
   * @example
   * const socket = await request(application).websocket('/chat/1')
   * socket.send({ text: 'Hi' })
   * for await (const message of socket) console.log(message)
   */
  websocket(target: string): WebSocketRequest {
    const draft = { method: 'GET', target, headers: HANDSHAKE, body: undefined, environ: {}, redirects: 0 }
    return new WebSocketRequest(draft, this.#send)
  }

  /** Any method; it is case-sensitive. */
  method(method: string, target: string): TestRequest {
    const draft = { method, target, headers: [], body: undefined, environ: {}, redirects: 0 }
    return new TestRequest(draft, this.#send)
  }
}

/**
 * Requests to an application, each by itself. Nothing is sent before a request is awaited.
 * @example const response = await request(application).post('/users').json({ name: 'Ada' })
 */
export function request(application: Application, options: RequestOptions = {}): TestClient {
  return new TestClient((draft) => send(application, draft, options))
}
