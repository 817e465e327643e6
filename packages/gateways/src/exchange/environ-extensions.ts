/**
 * What an environ has of its exchange: `tsgi.signal`, `tsgi.after_response`, `tsgi.early_hints`, `tsgi.upgrade`, as
 * properties of the environ itself, which a copy carries along. The signal is an accessor and made when it is first
 * read: most requests do not, and it costs more than all else. The others are closures, cheaper than accessors would be.
 */
import type { Environ, HeaderList, Upgraded } from '@tsgi/contract'
import type { Task } from './response-cleanup.ts'

/** Where an environ keeps the exchange it belongs to. */
export const EXCHANGE: unique symbol = Symbol('exchange')

/** What the doors lead to. */
export interface EnvironExtensions {
  readonly signal: AbortSignal
  afterResponse(task: Task): void
  earlyHints(headers: HeaderList): void
  upgrade(headers: HeaderList): Upgraded
}

/** What the transport can do. */
interface Abilities {
  readonly informational?: unknown
  readonly upgrade?: unknown
}

export function addExtensions(
  environ: Environ & { [EXCHANGE]?: EnvironExtensions },
  keeper: EnvironExtensions,
  { informational, upgrade }: Abilities,
): void {
  environ[EXCHANGE] = keeper
  environ['tsgi.after_response'] = afterResponse(keeper)
  if (informational !== undefined) environ['tsgi.early_hints'] = earlyHints(keeper)
  Object.defineProperty(environ, 'tsgi.signal', SIGNAL)
  if (environ.HTTP_UPGRADE !== undefined && upgrade !== undefined && isOffer(environ)) {
    environ['tsgi.upgrade'] = upgradeOf(keeper)
  }
}

// Closures come out of functions of their own: V8 puts one that is assigned to a property as it is written among its old
// objects, where it keeps all of its dead request, until the whole heap is marked.

function afterResponse(keeper: EnvironExtensions): NonNullable<Environ['tsgi.after_response']> {
  return (task) => keeper.afterResponse(task)
}

function earlyHints(keeper: EnvironExtensions): NonNullable<Environ['tsgi.early_hints']> {
  return (headers) => keeper.earlyHints(headers)
}

function upgradeOf(keeper: EnvironExtensions): NonNullable<Environ['tsgi.upgrade']> {
  return (headers) => keeper.upgrade(headers)
}

/** RFC 9110 §7.8: since HTTP/1.1, and named in Connection. A body would have to be read first, so it is none with one. */
function isOffer(environ: Environ): boolean {
  const { SERVER_PROTOCOL, REQUEST_METHOD, HTTP_CONNECTION = '' } = environ
  if (SERVER_PROTOCOL === 'HTTP/1.0' || REQUEST_METHOD === 'HEAD') return false
  if (environ.HTTP_TRANSFER_ENCODING !== undefined || (environ.CONTENT_LENGTH ?? '0') !== '0') return false
  return HTTP_CONNECTION.split(',').some((option) => option.trim().toLowerCase() === 'upgrade')
}

/** Becomes an ordinary property as soon as it is read or written. One for all environs, so that they keep one shape. */
const SIGNAL: PropertyDescriptor & ThisType<{ [EXCHANGE]: EnvironExtensions }> = {
  enumerable: true,
  configurable: true,
  get() {
    return settle(this, this[EXCHANGE].signal)
  },
  set(value: unknown) {
    settle(this, value)
  },
}

function settle(environ: object, value: unknown): unknown {
  Object.defineProperty(environ, 'tsgi.signal', { value, enumerable: true, configurable: true, writable: true })
  return value
}
