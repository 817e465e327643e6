/**
 * Errors that become responses: each carries its status and a message for the client. Every other error is
 * unexpected: the client sees no part of it. error-page.ts makes the page.
 */
import type { HeaderList } from '@tsgi/contract'
import { reasonOf } from './status.ts'

/**
 * An error with a status for the client. Throw it, or return it from a view.
 * @example throw new HttpError(402, 'Payment is due')
 */
export class HttpError extends Error {
  override readonly name: string = 'HttpError'
  /** 400–599. */
  readonly status: number
  /** Sent with the response. */
  readonly headers: HeaderList

  /** @param message is shown to the client. */
  constructor(status: number, message: string = reasonOf(status), headers: HeaderList = [], options?: ErrorOptions) {
    super(message, options)
    if (!Number.isInteger(status) || status < 400 || status > 599)
      throw new RangeError(`${status} is not an error status, from 400 to 599; ${WAY_OUT}`)
    this.status = status
    this.headers = headers
  }
}

const WAY_OUT = 'to end a request another way, throw a Response: redirect(location), json(data, status)'

/**
 * The error as the client may see it: an HttpError unchanged, an error of the request body (SPEC, `tsgi.status`) with
 * its status, anything else undefined: a property of an unknown error must not choose the status.
 */
export function asHttpError(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error
  if (!(error instanceof Error) || !('tsgi.status' in error)) return undefined
  const status = error['tsgi.status']
  return typeof status === 'number' && status >= 400 && status <= 499 ? new HttpError(status) : undefined
}

/** 400: the request cannot be understood. */
export function badRequest(message?: string): never {
  throw new HttpError(400, message)
}

/**
 * 401, with the challenge it must carry (RFC 9110 §15.5.2), such as `Basic realm="notes"`.
 * @example unauthorized('Basic realm="notes"')
 */
export function unauthorized(challenge: string, message?: string): never {
  throw new HttpError(401, message, [['WWW-Authenticate', challenge]])
}

/** 403: understood, and refused. */
export function forbidden(message?: string): never {
  throw new HttpError(403, message)
}

/**
 * 404. Throws, so that it can stand inside an expression: `json(users.get(id) ?? notFound())`.
 * @example json(users.get(id) ?? notFound('No such user'))
 */
export function notFound(message?: string): never {
  throw new HttpError(404, message)
}

/**
 * 409: in conflict with the state of the resource.
 * @example conflict('The name is taken')
 */
export function conflict(message?: string): never {
  throw new HttpError(409, message)
}

/** 410: the resource existed and is permanently gone. */
export function gone(message?: string): never {
  throw new HttpError(410, message)
}

/** 413: the body is larger than the limit. */
export function contentTooLarge(message?: string): never {
  throw new HttpError(413, message)
}

/** 415: the media type of the body is not supported. */
export function unsupportedMediaType(message?: string): never {
  throw new HttpError(415, message)
}

/** 422: well formed, but the values are not acceptable. */
export function unprocessable(message?: string): never {
  throw new HttpError(422, message)
}

/** 429; `retryAfter` in seconds. */
export function tooManyRequests(retryAfter?: number, message?: string): never {
  throw new HttpError(429, message, retryAfterHeader(retryAfter))
}

/** 503; `retryAfter` in seconds. */
export function serviceUnavailable(retryAfter?: number, message?: string): never {
  throw new HttpError(503, message, retryAfterHeader(retryAfter))
}

function retryAfterHeader(seconds: number | undefined): HeaderList {
  return seconds === undefined ? [] : [['Retry-After', String(Math.ceil(seconds))]]
}
