/** Hello, by the bare contract. */
import type { Application } from '@tsgi/contract'

export const application: Application = (_environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return 'Hello, world!'
}
