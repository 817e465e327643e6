/** A request that takes about a millisecond of processor, so that the load costs nothing beside it. */
import type { Application } from '@tsgi/contract'

export const application: Application = (_environ, startResponse) => {
  let sum = 0
  for (let i = 0; i < 1_000_000; i++) sum += i % 7
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return sum > 0 ? 'Hello, world!' : ''
}
