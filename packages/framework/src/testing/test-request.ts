/**
 * A request in the making: each word gives a new one, and awaiting it sends it, once. Knows how bodies are written;
 * how a request is sent is passed in.
 */
import type { Environ, HeaderList, MessageSocket, MessageSocketOptions } from '@tsgi/contract'
import type { RequestBody, TestResponse } from '@tsgi/contract/testing'
import { stringifyCookie } from 'cookie'

/** What is to be sent. */
export interface Draft {
  readonly method: string
  /** A request target: percent-encoded, with its query. */
  readonly target: string
  readonly headers: HeaderList
  /** Made when it is sent. */
  readonly body: (() => RequestBody | Promise<RequestBody>) | undefined
  /** Keys of the environ to override. */
  readonly environ: Partial<Environ>
  /** How many redirects are followed. */
  readonly redirects: number
  /** Whether the text that has come is all the client waits for; undefined for one that waits for the end. */
  readonly isEnough?: ((text: string) => boolean) | undefined
  /** Called where the application accepts a WebSocket. */
  readonly websocket?: ((options: MessageSocketOptions) => MessageSocket) | undefined
}

/** Fields of a form by name; a list sends a name several times. */
export type FormFields = URLSearchParams | Readonly<Record<string, string | readonly string[]>>

/** Parts of a multipart body by name; a `File` brings its name and type, a list sends a name several times. */
export type MultipartFields = FormData | Readonly<Record<string, string | Blob | readonly (string | Blob)[]>>

/** A request that is being put together. Each method returns a new one; `await` sends it, once. */
export class TestRequest implements PromiseLike<TestResponse> {
  readonly #draft: Draft
  readonly #send: (draft: Draft) => Promise<TestResponse>
  #response: Promise<TestResponse> | undefined

  constructor(draft: Draft, send: (draft: Draft) => Promise<TestResponse>) {
    this.#draft = draft
    this.#send = send
  }

  /** Adds a header. */
  header(name: string, value: string): TestRequest {
    return this.#with({ headers: [...this.#draft.headers, [name, value]] })
  }

  /** Adds a cookie, its value percent-encoded where it has to be. */
  cookie(name: string, value: string): TestRequest {
    return this.header('Cookie', stringifyCookie({ [name]: value }))
  }

  /** Sends data as JSON. @throws TypeError for what has no JSON form. */
  json(data: unknown): TestRequest {
    const text: string | undefined = JSON.stringify(data)
    if (text === undefined) throw new TypeError(`json: ${typeof data} has no JSON form`)
    return this.body(text, 'application/json')
  }

  /** Sends fields as an HTML form does (`application/x-www-form-urlencoded`). */
  form(fields: FormFields): TestRequest {
    const pairs = fields instanceof URLSearchParams ? fields : new URLSearchParams(pairsOf(fields))
    return this.body(pairs.toString(), 'application/x-www-form-urlencoded')
  }

  /** Sends fields and files as an HTML form with files does (`multipart/form-data`). */
  multipart(fields: MultipartFields): TestRequest {
    const form = fields instanceof FormData ? fields : formOf(fields)
    // The platform's own encoder, so that what is tested is not tested against ourselves.
    const encoded = new globalThis.Response(form)
    const type = encoded.headers.get('content-type') ?? 'multipart/form-data'
    let bytes: Promise<Uint8Array> | undefined
    return this.#withBody(() => {
      bytes ??= encoded.bytes()
      return bytes
    }, type)
  }

  /** Sends a body as it is: a string or bytes with their length, an iterable without one. */
  body(body: RequestBody, contentType?: string): TestRequest {
    return this.#withBody(() => body, contentType)
  }

  /** Overrides keys of the environ: `{ 'wsgi.url_scheme': 'https' }`, `{ 'tsgi.signal': signal }`. */
  environ(overrides: Partial<Environ>): TestRequest {
    return this.#with({ environ: { ...this.#draft.environ, ...overrides } })
  }

  /** Follows redirects within the origin, and answers with the last response. @param most an error beyond so many. */
  follow(most = 10): TestRequest {
    return this.#with({ redirects: most })
  }

  /**
   * Leaves when the response's text holds `text`, or as a function says: for streams that do not end by themselves. The
   * application sees a client that has gone: its source is ended and `request.signal` aborts.
   * @example await request(application).get('/feed').until('data: 3')
   */
  until(text: string | ((text: string) => boolean)): TestRequest {
    return this.#with({ isEnough: typeof text === 'string' ? (read) => read.includes(text) : text })
  }

  /** Sends it, the first time: `await` calls this. */
  // biome-ignore lint/suspicious/noThenProperty: a request is awaited for its response; that is what it is for
  then<Value = TestResponse, Caught = never>(
    fulfilled?: ((response: TestResponse) => Value | PromiseLike<Value>) | null,
    rejected?: ((error: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Value | Caught> {
    this.#response ??= this.#send(this.#draft)
    return this.#response.then(fulfilled, rejected)
  }

  #with(change: Partial<Draft>): TestRequest {
    return new TestRequest({ ...this.#draft, ...change }, this.#send)
  }

  /** A type that was said before, or is said by `contentType`; the last one counts. */
  #withBody(body: () => RequestBody | Promise<RequestBody>, contentType: string | undefined): TestRequest {
    const others = this.#draft.headers.filter(([name]) => name.toLowerCase() !== 'content-type')
    if (contentType === undefined) return this.#with({ body })
    return this.#with({ body, headers: [...others, ['Content-Type', contentType]] })
  }
}

function pairsOf<Value>(fields: Readonly<Record<string, Value | readonly Value[]>>): [string, Value][] {
  return Object.entries(fields).flatMap(([name, value]) => {
    return isList(value) ? value.map((each): [string, Value] => [name, each]) : [[name, value] as [string, Value]]
  })
}

function isList<Value>(value: Value | readonly Value[]): value is readonly Value[] {
  return Array.isArray(value)
}

function formOf(fields: Readonly<Record<string, string | Blob | readonly (string | Blob)[]>>): FormData {
  const form = new FormData()
  for (const [name, value] of pairsOf(fields)) form.append(name, value)
  return form
}
