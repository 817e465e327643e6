/**
 * The Request of an environ. A subclass only in order that its signal is made when it is first read, which most handlers
 * never do, and that it has what h3 asks of its host (`ip`, `waitUntil`). Knows the fetch standard and the contract.
 */
import type { Environ } from '@tsgi/contract'
import { mountedTarget } from '../mounted-target.ts'
import { eachHeader } from '../request-headers.ts'
import { requestBody } from './request-body.ts'
import type { WaitUntil } from './wait-until.ts'

/** @returns the Request of an environ. */
export function guestRequest(environ: Environ, later: WaitUntil): Request {
  kind ??= defineGuestRequest()
  return new kind(environ, later)
}

/** Made with the first request: to name Request is to load Node's fetch, and few workers have a fetch handler. */
let kind: ReturnType<typeof defineGuestRequest> | undefined

function defineGuestRequest() {
  return class GuestRequest extends Request {
    readonly #environ: Environ
    readonly #later: WaitUntil

    /** @param from the Request that this is a clone of. */
    constructor(environ: Environ, later: WaitUntil, from?: Request) {
      if (from === undefined) super(requestUrl(environ), requestInit(environ))
      else super(from)
      this.#environ = environ
      this.#later = later
    }

    /** Its own, so that reading it may make it. Not by `get`: TypeScript has the signal of Request for a plain property. */
    static {
      Object.defineProperty(GuestRequest.prototype, 'signal', {
        configurable: true,
        get(this: GuestRequest) {
          return this.#environ['tsgi.signal']
        },
      })
    }

    /** The client's address. */
    get ip(): string | undefined {
      return this.#environ.REMOTE_ADDR === '' ? undefined : this.#environ.REMOTE_ADDR
    }

    waitUntil(promise: PromiseLike<unknown>): void {
      this.#later.waitUntil(promise)
    }

    override clone(): GuestRequest {
      return new GuestRequest(this.#environ, this.#later, super.clone())
    }
  }
}

/** By text, not by parts: a path such as `//host/x` must stay a path. */
function requestUrl(environ: Environ): string {
  const { target } = mountedTarget(environ)
  const path = target === '*' ? '/*' : target.replace(/^https?:\/\/[^/?]*/i, '')
  return `${environ['wsgi.url_scheme']}://${authority(environ)}${path}`
}

/** The Host that was sent, if it is one; it is the client's to say. */
function authority(environ: Environ): string {
  const host = environ.HTTP_HOST ?? ''
  if (/^[^\s/?#@\\]+$/.test(host) && URL.canParse(`http://${host}`)) return host
  const name = environ.SERVER_NAME
  return `${name.includes(':') ? `[${name}]` : name}:${environ.SERVER_PORT}`
}

function requestInit(environ: Environ): RequestInit {
  const headers: [string, string][] = []
  eachHeader(environ, (name, value) => headers.push([name, value]))
  const body = requestBody(environ)
  // A stream may be sent only half-duplex, as the standard has it; it is read while the response is sent all the same.
  return { method: environ.REQUEST_METHOD, headers, ...(body === null ? {} : { body, duplex: 'half' }) }
}
