/**
 * A name for each request, the same in the application, in the log and in what the client gets: `tsgi.request_id` and a
 * header. A middleware of the contract; it touches the head alone, so an answer that is there at once stays so.
 */
import type { Environ, Middleware } from '@tsgi/contract'
import { refuseUnknown } from '../option-names.ts'
import { keepLife } from '../routing/application-life.ts'

/** Options of `requestId`. */
export interface RequestIdOptions {
  /**
   * Takes the name that the request brings, if it is well-formed, also where the server has given another. Only behind a proxy
   * that sets it. Default false.
   */
  readonly trust?: boolean
  /** Makes a name, where neither the server (`tsgi serve` does) nor an outer middleware has given one. Default: a random UUID. */
  readonly generate?: (environ: Environ) => string
  /** The header, in both directions. Default `X-Request-Id`. */
  readonly header?: string
}

/**
 * Gives each request a name, unless the server or another middleware gave it one.
 * @throws TypeError for a malformed header name; the application throws one for a generated name that is not 1 to 128
 *   characters of `A-Z a-z 0-9 . _ ~ + / = : @ -`.
 */
export function requestId(options: RequestIdOptions = {}): Middleware {
  refuseUnknown('requestId', options, NAMES)
  const { trust = false, generate = randomName, header = 'X-Request-Id' } = options
  if (!HEADER_NAME.test(header)) throw new TypeError(`requestId: ${JSON.stringify(header)} is no name of a header`)
  const key = `HTTP_${header.toUpperCase().replaceAll('-', '_')}` as const
  const own = header.toLowerCase()
  return keepLife((application) => (environ, startResponse) => {
    const brought = trust ? wellFormed(environ[key]) : undefined
    const name = brought ?? environ['tsgi.request_id'] ?? checked(generate(environ))
    environ['tsgi.request_id'] = name
    return application(environ, (status, headers, error) => {
      const named = [...headers.filter(([each]) => each.toLowerCase() !== own), [header, name] as const]
      return error === undefined ? startResponse(status, named) : startResponse(status, named, error)
    })
  })
}

const NAMES: ReadonlySet<string> = new Set<keyof RequestIdOptions>(['trust', 'generate', 'header'])

// As headers are named in practice, so that only this header has this key in the environ (SPEC C9, C22).
const HEADER_NAME = /^[A-Za-z0-9-]+$/

// What stands in logs, shells and URLs without being quoted.
const WELL_FORMED = /^[\w.~+/=:@-]{1,128}$/

function randomName(): string {
  return crypto.randomUUID()
}

function wellFormed(name: string | undefined): string | undefined {
  return name !== undefined && WELL_FORMED.test(name) ? name : undefined
}

function checked(name: string): string {
  if (WELL_FORMED.test(name)) return name
  throw new TypeError(
    `requestId: generate() made ${JSON.stringify(name)}; a name has 1 to 128 of A-Z a-z 0-9 . _ ~ + / = : @ -`,
  )
}
