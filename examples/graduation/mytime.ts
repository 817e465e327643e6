/** The time: a bare contract callable, for which no framework is needed, and the events that keep its page live. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Application } from '@tsgi/contract'
import { markup, type Subscription } from '@tsgi/framework'
import { page } from './page.ts'

const SECOND_MS = 1_000

export const mytime: Application = (_environ, startResponse) => {
  const now = new Date()
  startResponse('200 OK', [
    ['Content-Type', 'text/html; charset=utf-8'],
    ['Cache-Control', 'no-store'],
  ])
  const content = markup`
      <p class="clock"><time datetime="${now.toISOString()}">${now.toUTCString()}</time></p>
      <p>The page comes from a bare callable. <code>/mytime/live</code> then sends an event each second.
        <span id="state" role="status">Without JavaScript the clock stands still.</span></p>`
  return String(page('/mytime', 'My time', content, '/static/mytime.js'))
}

/** An event at the start of each second, until the client leaves. */
export async function* ticks({ signal }: Subscription): AsyncGenerator<string> {
  while (!signal.aborted) {
    yield new Date().toUTCString()
    await wait(SECOND_MS - (Date.now() % SECOND_MS), undefined, { signal }).catch(() => undefined)
  }
}
