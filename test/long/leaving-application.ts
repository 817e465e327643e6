/** Numbers by event streams and WebSockets; writes into the file NOTES when its worker begins to leave, closes and ends. */
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Application as ContractApplication } from '@tsgi/contract'
import { Application, events, get, html } from '@tsgi/framework'
import { websocket } from '@tsgi/framework/websocket'

const NOTES = process.env.NOTES ?? '/dev/null'
const note = (what: string) => appendFileSync(NOTES, `${what} ${process.pid} ${Date.now()}\n`)
let isWatched = false
process.once('exit', () => note('gone'))

async function* numbers(lastEventId: string | undefined, signal: AbortSignal) {
  for (let n = Number(lastEventId ?? 0) + 1; !signal.aborted; n++) {
    yield { id: String(n), data: String(process.pid) }
    await sleep(100, undefined, { signal }).catch(() => undefined)
  }
}

const routes = new Application(
  [
    get('/', () => 'hello'),
    get('/page', () => html('<!doctype html><title>long</title>')),
    get('/numbers', () => events(({ lastEventId, signal }) => numbers(lastEventId, signal), { retry: 100 })),
    websocket('/socket', async (peer) => {
      await peer.send(String(process.pid))
      for await (const message of peer) await peer.send(message)
    }),
  ],
  {
    start: () => note('started'),
    // A pool that takes its time.
    close: async () => {
      await sleep(100)
      note('closed')
    },
  },
)

export const application: ContractApplication = Object.assign(
  ((environ, startResponse) => {
    if (!isWatched) {
      isWatched = true
      environ['tsgi.leaving']?.addEventListener('abort', () => note('leaving'))
    }
    return routes(environ, startResponse)
  }) satisfies ContractApplication,
  { start: () => routes.start(), close: () => routes.close() },
)
