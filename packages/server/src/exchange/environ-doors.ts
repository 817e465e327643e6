/**
 * What an environ has of its exchange: `tsgi.signal`, `tsgi.after_response`, `tsgi.early_hints`. Each is an accessor of
 * the environ itself: made when it is first read, and carried along by a copy. Most requests read none of them, and a
 * closure per request and door was found to keep dead requests alive through several collections.
 */
import type { Environ, HeaderList } from '@tsgi/contract'
import type { Task } from './afterwards.ts'

/** Where an environ keeps the exchange it belongs to. */
export const EXCHANGE: unique symbol = Symbol('exchange')

/** What the doors lead to. */
export interface DoorKeeper {
  readonly signal: AbortSignal
  afterResponse(task: Task): void
  earlyHints(headers: HeaderList): void
}

/** @param hasHints whether the transport can send interim responses. */
export function addDoors(environ: Environ & { [EXCHANGE]?: DoorKeeper }, keeper: DoorKeeper, hasHints: boolean): void {
  environ[EXCHANGE] = keeper
  Object.defineProperty(environ, 'tsgi.signal', SIGNAL)
  Object.defineProperty(environ, 'tsgi.after_response', AFTER_RESPONSE)
  if (hasHints) Object.defineProperty(environ, 'tsgi.early_hints', EARLY_HINTS)
}

// One descriptor for all environs, so that they keep one shape.
const SIGNAL = door('tsgi.signal', (keeper) => keeper.signal)
const AFTER_RESPONSE = door('tsgi.after_response', (keeper) => (task: Task) => keeper.afterResponse(task))
const EARLY_HINTS = door('tsgi.early_hints', (keeper) => (headers: HeaderList) => keeper.earlyHints(headers))

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
