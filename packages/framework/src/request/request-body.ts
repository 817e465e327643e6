/**
 * The body of a request, read when somebody asks for it, once, and never beyond the limit.
 * Knows `wsgi.input` and content types; knows nothing of routes. Called by request.ts.
 */
import type { Environ } from '@tsgi/contract'
import { HttpError } from '../http/http-error.ts'
import { parseMediaType, requireMediaType, requireUtf8 } from '../http/media-type.ts'
import { boundaryOf } from '../multipart/delimiter.ts'
import { decideLimits, type MultipartLimits } from '../multipart/limits.ts'
import { readMultipart } from '../multipart/multipart-reader.ts'
import type { Part } from '../multipart/part.ts'
import { type Form, type FormOptions, readForm } from './form.ts'

/** Options for reading a body. */
export interface BodyOptions {
  /** The most octets that are read. Default: the application's `bodyLimit`. Holds for whoever asks first. */
  readonly limit?: number | undefined
}

/** Readers of the body; each but `multipart` may be called again, the octets are read once. */
export class RequestBody {
  readonly #environ: Environ
  readonly #limit: number
  /** What was read, checked by nobody yet: whoever uses it holds it against the limit, in the turn in which it has come. */
  #read: Reading | undefined
  #form: Promise<Form> | undefined
  #streamed = false

  /** @param limit in octets. */
  constructor(environ: Environ, limit: number) {
    this.#environ = environ
    this.#limit = limit
  }

  /** All of the body, as it was sent: coded, where it has a Content-Encoding. @throws HttpError 413 above the limit; InputError if it was cut short or malformed. */
  bytes(options?: BodyOptions): Promise<Uint8Array> {
    const { octets, limit } = this.#readOnce(options)
    return octets.then((read) => within(limit, read))
  }

  /** The body as UTF-8 text. @throws HttpError 400 if it is not, 415 if another charset or a coding is declared. */
  async text(options?: BodyOptions): Promise<string> {
    requirePlain(this.#environ)
    const media = parseMediaType(this.#environ.CONTENT_TYPE)
    if (media !== undefined) requireUtf8(media)
    return decode(await this.bytes(options))
  }

  /**
   * The body as JSON. The value is checked by nobody: a route's `body` schema does that.
   * @throws HttpError 415 if it is declared to be something else, or coded; 400 if it cannot be parsed.
   */
  json(options?: BodyOptions): Promise<unknown> {
    return this.readJson((value) => value, options)
  }

  /**
   * As `json`, with what becomes of the value: of octets that have arrived it is made in the same turn, not in one for
   * each step.
   * @throws what `json` and `use` throw.
   */
  readJson<Result>(use: (value: unknown) => Result | Promise<Result>, options?: BodyOptions): Promise<Result> {
    const { CONTENT_TYPE: type } = this.#environ
    try {
      requirePlain(this.#environ)
      // A body without a type may be JSON (RFC 9110 §8.3).
      if (type !== undefined && type !== JSON_TYPE) requireMediaType(type, JSON_TYPES)
    } catch (error) {
      return Promise.reject(error)
    }
    const { octets, limit } = this.#readOnce(options)
    return octets.then((read) => use(parseJson(within(limit, read))))
  }

  /**
   * The body as a form, its files in memory or where `store` keeps them.
   * @throws HttpError 415 if it is declared to be something else, 413 beyond a limit, 400 if it is malformed; InputError.
   */
  form(options: FormOptions = {}): Promise<Form> {
    this.#form ??= readForm(this.#environ, this, options)
    return this.#form
  }

  /**
   * A `multipart/form-data` body, part by part as it comes: `for await (const part of body.multipart())`. Once. What is
   * not read of a part is skipped when the next one is asked for.
   * @throws as `form`, while it is read; Error if the body was read before; RangeError for a limit that cannot be.
   */
  async *multipart(limits: MultipartLimits = {}): AsyncGenerator<Part, void> {
    const { CONTENT_TYPE: type, CONTENT_LENGTH: length = '0', 'wsgi.input': input } = this.#environ
    const decided = decideLimits(limits, this.#limit)
    requirePlain(this.#environ)
    const boundary = boundaryOf(type)
    if (Number(length) > decided.total) throw tooLarge(decided.total)
    if (this.#streamed || this.#read !== undefined) throw readBefore()
    this.#streamed = true
    yield* readMultipart(input, boundary, decided)
  }

  #readOnce({ limit = this.#limit }: BodyOptions = {}): Reading {
    this.#read ??= { limit, octets: this.#streamed ? Promise.reject(readBefore()) : readAll(this.#environ, limit) }
    return this.#read
  }
}

/** The octets of a body, of which there may be one more than `limit`. */
interface Reading {
  readonly limit: number
  readonly octets: Promise<Uint8Array>
}

const JSON_TYPE = 'application/json'
const JSON_TYPES = [JSON_TYPE, '+json']

/** One octet more than is allowed tells a body that fits from one that does not, whatever was declared. */
function readAll(environ: Environ, limit: number): Promise<Uint8Array> {
  try {
    if (Number(environ.CONTENT_LENGTH ?? 0) > limit) throw tooLarge(limit)
    return environ['wsgi.input'].read(limit + 1)
  } catch (error) {
    return Promise.reject(error)
  }
}

/**
 * Nothing is unpacked here: a few octets may be a great many. Whoever wants to reads `bytes()`.
 * @throws HttpError 415, with the coding that is taken (RFC 9110 §12.5.3, §15.5.16).
 */
function requirePlain({ HTTP_CONTENT_ENCODING: coding }: Environ): void {
  if (coding === undefined || /^(?:[\t ,]|identity)*$/i.test(coding)) return
  throw new HttpError(415, 'The body must be sent without a Content-Encoding', [['Accept-Encoding', 'identity']])
}

function within(limit: number, octets: Uint8Array): Uint8Array {
  if (octets.length > limit) throw tooLarge(limit)
  return octets
}

function parseJson(octets: Uint8Array): unknown {
  const text = decode(octets)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new HttpError(400, 'The body is not valid JSON', [], { cause: error })
  }
}

function tooLarge(limit: number): HttpError {
  return new HttpError(413, `The body may have at most ${limit} octets`)
}

/** A mistake of the view, not of the client. */
function readBefore(): Error {
  return new Error('the body of the request was read before; keep what it gave')
}

/** Keeps nothing between two bodies, as each is decoded whole; to make one costs more than it does. */
const UTF8 = new TextDecoder('utf-8', { fatal: true })

function decode(octets: Uint8Array): string {
  try {
    return UTF8.decode(octets)
  } catch (error) {
    throw new HttpError(400, 'The body is not UTF-8', [], { cause: error })
  }
}
