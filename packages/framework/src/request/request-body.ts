/**
 * The body of a request, read when a view asks for it, once, and never beyond the limit.
 * Knows `wsgi.input` and content types; knows nothing of routes.
 */
import type { Environ } from '@tsgi/contract'
import { HttpError } from '../http/http-error.ts'
import { parseMediaType, requireMediaType, requireUtf8 } from '../http/media-type.ts'
import { boundaryOf } from '../multipart/delimiter.ts'
import { decideLimits, type MultipartLimits } from '../multipart/limits.ts'
import { eachPart, MultipartReader } from '../multipart/multipart-reader.ts'
import type { Part } from '../multipart/part.ts'
import { BodyMemory, type Reading } from './body-memory.ts'
import { type Form, type FormBody, type FormOptions, readForm } from './form.ts'
import { turnFor } from './large-bodies.ts'

/** Options for reading a body. */
export interface BodyOptions {
  /** The most bytes that are read. Only the first reader of a body can set it. @default the application's `bodyLimit` */
  readonly limit?: number | undefined
}

/**
 * Readers of the body; each but `multipart` may be called again, the bytes are read once. Their promises may be awaited
 * later: `const body = request.body.json(); await database(); use(await body)`.
 */
export class RequestBody {
  readonly #environ: Environ
  readonly #limit: number

  /** @param limit in bytes. */
  constructor(environ: Environ, limit: number) {
    this.#environ = environ
    this.#limit = limit
  }

  /**
   * All of the body, as it was sent: encoded, where it has a Content-Encoding.
   * @throws HttpError 413 above the limit; InputError if it was cut short or malformed.
   */
  bytes(options?: BodyOptions): Promise<Uint8Array> {
    return awaitable(this.#bytes(options))
  }

  /** The body as UTF-8 text. @throws HttpError 400 if it is not, 415 if another charset or a coding is declared. */
  text(options?: BodyOptions): Promise<string> {
    return awaitable(this.#text(options))
  }

  /**
   * The body as JSON. The value is not checked: a route's `body` schema does that.
   * @throws HttpError 415 if it is declared to be something else, or encoded; 400 if it cannot be parsed.
   */
  json(options?: BodyOptions): Promise<unknown> {
    return awaitable(this.readJson((value) => value, options))
  }

  /**
   * As `json`, and uses the value: if the bytes have arrived, in the same turn of the event loop.
   * @param use gets the value, and the number of bytes that were sent.
   * @throws what `json` and `use` throw.
   */
  readJson<Result>(
    use: (value: unknown, size: number) => Result | Promise<Result>,
    options?: BodyOptions,
  ): Promise<Result> {
    const { CONTENT_TYPE: type } = this.#environ
    try {
      requirePlain(this.#environ)
      // A body without a type may be JSON (RFC 9110 §8.3).
      if (type !== undefined && type !== JSON_TYPE) requireMediaType(type, JSON_TYPES)
    } catch (error) {
      return Promise.reject(error)
    }
    const { bytes, limit } = this.#readOnce(options)
    return bytes.then((read) => {
      const turn = turnFor(within(limit, read).length)
      if (turn === undefined) return use(parseJson(read), read.length)
      return turn.then(() => use(parseJson(read), read.length))
    })
  }

  /**
   * The body as a form, its files in memory or where `store` keeps them.
   * @throws HttpError 415 if it is declared to be something else, 413 beyond a limit, 400 if it is malformed; InputError.
   */
  form(options: FormOptions = {}): Promise<Form> {
    const memory = BodyMemory.of(this.#environ)
    memory.form ??= awaitable(readForm(this.#environ, this.#formBody(), options))
    return memory.form
  }

  /**
   * A `multipart/form-data` body, part by part as it comes: `for await (const part of body.multipart())`. Once. What is
   * not read of a part is skipped when the next one is asked for.
   * @throws as `form`, while it is read; Error if the body was read before; RangeError for a limit that cannot be.
   */
  async *multipart(limits?: MultipartLimits): AsyncGenerator<Part, void> {
    yield* eachPart(this.#parts(limits))
  }

  #formBody(): FormBody {
    return { text: () => this.text(), parts: (limits) => this.#parts(limits) }
  }

  #parts(limits: MultipartLimits = {}): MultipartReader {
    const { CONTENT_TYPE: type, CONTENT_LENGTH: length = '0' } = this.#environ
    const decided = decideLimits(limits, this.#limit)
    requirePlain(this.#environ)
    const boundary = boundaryOf(type)
    if (Number(length) > decided.total) throw tooLarge(decided.total)
    const memory = BodyMemory.of(this.#environ)
    if (memory.isStreamed) throw readBefore()
    // A body that was read whole is read again out of the memory.
    if (memory.reading === undefined) memory.isStreamed = true
    return new MultipartReader(memory.isStreamed ? memory.source : memory, boundary, decided)
  }

  #bytes(options?: BodyOptions): Promise<Uint8Array> {
    const { bytes, limit } = this.#readOnce(options)
    return bytes.then((read) => within(limit, read))
  }

  async #text(options?: BodyOptions): Promise<string> {
    requirePlain(this.#environ)
    const media = parseMediaType(this.#environ.CONTENT_TYPE)
    if (media !== undefined) requireUtf8(media)
    return decode(await this.#bytes(options))
  }

  #readOnce({ limit = this.#limit }: BodyOptions = {}): Reading {
    const memory = BodyMemory.of(this.#environ)
    memory.reading ??= {
      limit,
      bytes: memory.isStreamed ? Promise.reject(readBefore()) : readAll(this.#environ, memory, limit),
    }
    return memory.reading
  }
}

/** A promise whose rejection has a reader: a view may do something else before it awaits it. */
function awaitable<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}

const JSON_TYPE = 'application/json'
const JSON_TYPES = [JSON_TYPE, '+json']

/** One byte more than is allowed tells a body that fits from one that does not, whatever was declared. */
function readAll(environ: Environ, memory: BodyMemory, limit: number): Promise<Uint8Array> {
  const declared = Number(environ.CONTENT_LENGTH ?? 0)
  if (declared > limit) return Promise.reject(tooLarge(limit))
  return memory.source.read(limit + 1).then((bytes) => {
    // A server refuses a body that was cut short, so the rest was read by other code.
    if (bytes.length < declared) throw readBefore()
    return bytes
  })
}

/**
 * Nothing is decompressed here: a few bytes may become a great many. `bytes()` gives what was sent.
 * @throws HttpError 415, with the coding that is accepted (RFC 9110 §12.5.3, §15.5.16).
 */
function requirePlain({ HTTP_CONTENT_ENCODING: coding }: Environ): void {
  if (coding === undefined || /^(?:[\t ,]|identity)*$/i.test(coding)) return
  throw new HttpError(415, 'The body must be sent without a Content-Encoding', [['Accept-Encoding', 'identity']])
}

function within(limit: number, bytes: Uint8Array): Uint8Array {
  if (bytes.length > limit) throw tooLarge(limit)
  return bytes
}

function parseJson(bytes: Uint8Array): unknown {
  const text = decode(bytes)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new HttpError(400, 'The body is not valid JSON', [], { cause: error })
  }
}

function tooLarge(limit: number): HttpError {
  return new HttpError(413, `The body may have at most ${limit} bytes`)
}

/** A mistake of the view, not of the client. */
function readBefore(): Error {
  return new Error(
    'the body of the request was read before, from wsgi.input or part by part; read it with `new Request(environ).body`, which keeps it',
  )
}

/** Shared: it keeps nothing between two bodies, as each is decoded whole. */
const UTF8 = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes)
  } catch (error) {
    throw new HttpError(400, 'The body is not UTF-8', [], { cause: error })
  }
}
