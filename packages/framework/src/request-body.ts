/**
 * The body of a request, read when somebody asks for it, once, and never beyond the limit.
 * Knows `wsgi.input` and content types; knows nothing of routes. Called by request.ts.
 */
import type { Environ } from '@tsgi/contract'
import { HttpError } from './errors.ts'

/** Readers of the body; each may be called again, the octets are read once. */
export class RequestBody {
  readonly #environ: Environ
  readonly #limit: number
  #octets: Promise<Uint8Array> | undefined

  /** @param limit in octets. */
  constructor(environ: Environ, limit: number) {
    this.#environ = environ
    this.#limit = limit
  }

  /** All of the body. @throws HttpError 413 above the limit; InputError if it was cut short or malformed. */
  bytes(): Promise<Uint8Array> {
    this.#octets ??= readAll(this.#environ, this.#limit)
    return this.#octets
  }

  /** The body as UTF-8 text. @throws HttpError 400 if it is not. */
  async text(): Promise<string> {
    return decode(await this.bytes())
  }

  /** The body as JSON. @throws HttpError 415 if it is declared to be something else, 400 if it cannot be parsed. */
  async json(): Promise<unknown> {
    if (!isJson(this.#environ.CONTENT_TYPE)) throw new HttpError(415, 'The body must be application/json')
    const text = decode(await this.bytes())
    try {
      return JSON.parse(text)
    } catch (error) {
      throw new HttpError(400, 'The body is not valid JSON', [], { cause: error })
    }
  }
}

async function readAll(environ: Environ, limit: number): Promise<Uint8Array> {
  if (Number(environ.CONTENT_LENGTH ?? 0) > limit) throw tooLarge(limit)
  // One octet more than is allowed tells a body that fits from one that does not, whatever was declared.
  const octets = await environ['wsgi.input'].read(limit + 1)
  if (octets.length > limit) throw tooLarge(limit)
  return octets
}

function tooLarge(limit: number): HttpError {
  return new HttpError(413, `The body may have at most ${limit} octets`)
}

function decode(octets: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets)
  } catch (error) {
    throw new HttpError(400, 'The body is not UTF-8', [], { cause: error })
  }
}

/** `application/json` or `…+json`; a body without a type may be JSON (RFC 9110 §8.3). */
function isJson(contentType: string | undefined): boolean {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  return type === undefined || type === 'application/json' || type.endsWith('+json')
}
