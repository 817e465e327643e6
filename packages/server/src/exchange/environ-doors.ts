/**
 * What an environ has of its exchange: `tsgi.signal`, `tsgi.after_response`, `tsgi.early_hints`, `tsgi.upgrade`. Each is an accessor of
 * the environ itself: made when it is first read, and carried along by a copy. Most requests read none of them, and a
 * closure per request and door was found to keep dead requests alive through several collections.
 */
import type { Environ, HeaderList, Upgraded } from '@tsgi/contract'
import type { Task } from './afterwards.ts'

/** Where an environ keeps the exchange it belongs to. */
export const EXCHANGE: unique symbol = Symbol('exchange')

/** What the doors lead to. */
export interface DoorKeeper {
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

export function addDoors(
  environ: Environ & { [EXCHANGE]?: DoorKeeper },
  keeper: DoorKeeper,
  { informational, upgrade }: Abilities,
): void {
  environ[EXCHANGE] = keeper
  Object.defineProperty(environ, 'tsgi.signal', SIGNAL)
  Object.defineProperty(environ, 'tsgi.after_response', AFTER_RESPONSE)
  if (informational !== undefined) Object.defineProperty(environ, 'tsgi.early_hints', EARLY_HINTS)
  if (environ.HTTP_UPGRADE !== undefined && upgrade !== undefined && isOffer(environ)) {
    Object.defineProperty(environ, 'tsgi.upgrade', UPGRADE)
  }
}

/** RFC 9110 §7.8: since HTTP/1.1, and named in Connection. A body would have to be read first, so it is none with one. */
function isOffer({ SERVER_PROTOCOL, REQUEST_METHOD, HTTP_CONNECTION = '', ...environ }: Environ): boolean {
  if (SERVER_PROTOCOL === 'HTTP/1.0' || REQUEST_METHOD === 'HEAD') return false
  if (environ.HTTP_TRANSFER_ENCODING !== undefined || (environ.CONTENT_LENGTH ?? '0') !== '0') return false
  return HTTP_CONNECTION.split(',').some((option) => option.trim().toLowerCase() === 'upgrade')
}

// One descriptor for all environs, so that they keep one shape.
const SIGNAL = door('tsgi.signal', (keeper) => keeper.signal)
const AFTER_RESPONSE = door('tsgi.after_response', (keeper) => (task: Task) => keeper.afterResponse(task))
const EARLY_HINTS = door('tsgi.early_hints', (keeper) => (headers: HeaderList) => keeper.earlyHints(headers))
const UPGRADE = door('tsgi.upgrade', (keeper) => (headers: HeaderList) => keeper.upgrade(headers))

type Accessor = PropertyDescriptor & ThisType<{ [EXCHANGE]: DoorKeeper }>

/** An accessor that becomes an ordinary property as soon as it is read or written. */
function door(key: string, open: (keeper: DoorKeeper) => unknown): Accessor {
  const settle = (environ: object, value: unknown): unknown => {
    Object.defineProperty(environ, key, { value, enumerable: true, configurable: true, writable: true })
    return value
  }
  const accessor: Accessor = {
    enumerable: true,
    configurable: true,
    get() {
      return settle(this, open(this[EXCHANGE]))
    },
    set(value: unknown) {
      settle(this, value)
    },
  }
  return accessor
}
