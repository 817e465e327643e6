/** A message each second to each client. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Application, events, get, text } from '@tsgi/framework'

export const application = new Application([
  get('/', () => text('Hello, world!')),
  get('/events', () =>
    events(async function* () {
      for (;;) {
        await sleep(1000)
        yield 'tick'
      }
    }),
  ),
])
