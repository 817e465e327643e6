/**
 * `tsgi.signal`: an accessor of the environ itself, so that the AbortController is made when the signal is first read,
 * and a copy of the environ carries it along. Knows the exchange only as what has a signal.
 */
import type { Environ } from '@tsgi/contract'

/** Where an environ keeps the exchange it belongs to. */
export const EXCHANGE: unique symbol = Symbol('exchange')

interface HasSignal {
  readonly signal: AbortSignal
}

export function addSignal(environ: Environ & { [EXCHANGE]?: HasSignal }, exchange: HasSignal): void {
  environ[EXCHANGE] = exchange
  Object.defineProperty(environ, 'tsgi.signal', SIGNAL)
}

/** One descriptor for all, so that all environs keep one shape. */
const SIGNAL: PropertyDescriptor & ThisType<{ [EXCHANGE]: HasSignal }> = {
  enumerable: true,
  configurable: true,
  get() {
    return this[EXCHANGE].signal
  },
  set(value: AbortSignal) {
    Object.defineProperty(this, 'tsgi.signal', { value, enumerable: true, configurable: true, writable: true })
  },
}
