/** How long loading the application may take: for the master that waits, and for the loader that starts Python. */
import type { Config } from './options.ts'

/** Where nothing else is said. */
const DEFAULT_LOAD_TIMEOUT_S = 60

/** In seconds; 0 for any time. What may stand still for longer than the default may load for as long. */
export function loadTimeoutOf({ loadTimeout, timeout }: Pick<Config, 'loadTimeout' | 'timeout'>): number {
  if (loadTimeout !== undefined) return loadTimeout
  return timeout === 0 ? 0 : Math.max(timeout, DEFAULT_LOAD_TIMEOUT_S)
}
