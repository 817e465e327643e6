/** WebSocket views by the platform's own sockets, on the real Bun, Deno and workerd; and on our server, for comparison. */
import { once } from 'node:events'
import { serve } from '@tsgi/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installRuntimes, openBun, openDeno, openWorkerd } from './runtimes.ts'
import type { OpenTarget } from './targets.ts'

const has = installRuntimes()
if (!has) console.log('Bun, Deno and workerd could not be installed: their WebSockets are skipped')

async function openOwn(): Promise<OpenTarget> {
  const { application } = await import('./runtimes/websocket-application.ts')
  const server = await serve(application, { bind: ['127.0.0.1:0'], gracefulTimeout: 1 })
  return { target: { url: String(server.addresses[0]) }, close: () => server.close() }
}

interface Runtime {
  readonly name: string
  readonly open: () => Promise<OpenTarget>
  /** It resets the connection of a client that still sends: such a client sees 1006. */
  readonly resets?: boolean
  /** It knows `tsgi.leaving`. */
  readonly leaves: boolean
  /** It stops reading a client whose messages wait; else they are bounded by 1008. */
  readonly waits: boolean
}

const RUNTIMES: readonly Runtime[] = [
  { name: 'our server', open: openOwn, leaves: false, waits: true },
  { name: 'Bun', open: () => openBun('websocket-bun.ts'), leaves: true, waits: false },
  { name: 'Deno', open: () => openDeno('websocket-deno.ts'), resets: true, leaves: true, waits: false },
  { name: 'workerd', open: () => openWorkerd(undefined, 'websocket-workerd.ts'), leaves: false, waits: false },
]

for (const { name, open, resets = false, leaves, waits } of RUNTIMES) {
  describe.skipIf(!has && name !== 'our server')(name, () => {
    let server: OpenTarget
    beforeAll(async () => {
      server = await open()
    }, 30_000)
    afterAll(() => server.close())

    /** Node's own client: what comes, and at last the close code. */
    async function talk(
      path: string,
      messages: readonly (string | Uint8Array)[],
      expected: number,
      protocols?: string[],
    ) {
      const socket = new WebSocket(`${server.target.url.replace('http', 'ws')}${path}`, protocols)
      socket.binaryType = 'arraybuffer'
      const seen: unknown[] = []
      const closed = once(socket, 'close')
      socket.addEventListener('message', ({ data }) => {
        seen.push(typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer))
        if (seen.length === expected) socket.close(1000)
      })
      socket.addEventListener('open', () => {
        for (const message of messages) socket.send(message)
      })
      socket.addEventListener('error', () => {})
      const [event] = (await closed) as [CloseEvent]
      return [...seen, `${event.code} ${event.reason}`.trim()]
    }
    const flooded = resets ? /^(?:1008|1006)/ : /^1008/

    it('sends and receives text and bytes of any size, in order', async () => {
      const long = 'é'.repeat(100_000)
      const sent = ['a', long, Uint8Array.of(1, 2, 255), '']
      expect(await talk('/echo', sent, 4)).toEqual([...sent, '1000'])
      await expect.poll(async () => (await fetch(`${server.target.url}/ended`)).json()).toContain('echo true')
    })

    it('has typed messages and parameters, protocols and close codes', async () => {
      expect(await talk('/rooms/7', ['{"n":1}', '{"n":2}'], 2)).toEqual(['{"sum":8}', '{"sum":9}', '1000'])
      expect(await talk('/protocols', [], 9, ['v1', 'v2'])).toEqual(['v2', '4001 enough'])
      expect(await talk('/returns', [], 9)).toEqual(['bye', '1000'])
    })

    it.each([
      ['/rooms/7', 'no JSON', 1007],
      ['/rooms/7', '{"n":"1"}', 1007],
      ['/fails', '', 1011],
      ['/small', 'x'.repeat(11), 1009],
      ['/idle', '', 1001],
    ])('%s with %s is closed with %i', async (path, message, wanted) => {
      expect((await talk(path, [message], 9)).at(-1)).toBe(String(wanted))
    })

    it('holds a rate', async () => {
      const messages = Array.from({ length: 50 }, String)
      expect((await talk('/fast', messages, 99)).at(-1)).toMatch(flooded)
    })

    it.skipIf(waits)('bounds what waits for a view that does not read', async () => {
      const messages = Array.from({ length: 3000 }, String)
      expect((await talk('/deaf', messages, 5000)).at(-1)).toMatch(flooded)
    })

    it('refuses: a plain GET, another site, an old version', async () => {
      const ask = async (headers: Record<string, string>) =>
        (await fetch(`${server.target.url}/echo`, { headers })).status
      expect(await ask({})).toBe(426)
      const [refused] = await talk('/nowhere', [], 1)
      expect(refused).toMatch(/^1006/)
    })

    it.skipIf(!leaves)('says 1012 when its process leaves', async () => {
      const socket = new WebSocket(`${server.target.url.replace('http', 'ws')}/echo`)
      await once(socket, 'open')
      const closed = once(socket, 'close')
      await fetch(`${server.target.url}/leave`)
      const [event] = (await closed) as [CloseEvent]
      expect(event.code).toBe(1012)
    })
  })
}
