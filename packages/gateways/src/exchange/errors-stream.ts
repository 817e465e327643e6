/**
 * `wsgi.errors` for transports that have no log of their own: the platform's console, which the platform's operator
 * reads. Must run where there is no `node:`.
 */
import type { ErrorStream } from '@tsgi/contract'

export const consoleErrors: ErrorStream = {
  write: (text) => console.error(text.replace(/\n$/, '')),
  writelines: (lines) => console.error([...lines].join('').replace(/\n$/, '')),
  flush: () => undefined,
}
