/** WebSocket views for the fetch runtimes. No `node:`. */
import { Application, get } from '@tsgi/framework'
import { int } from '@tsgi/framework/codecs'
import { websocket } from '@tsgi/framework/websocket'
import { z } from 'zod'

const ended: string[] = []
const leave = new AbortController()

/** What `tsgi.leaving` is; `/leave` aborts it. */
export const leaving = leave.signal

export const application = new Application([
  get('/ended', () => ended),
  get('/leave', () => {
    leave.abort()
    return 'left'
  }),
  websocket('/echo', async (peer) => {
    for await (const message of peer) await peer.send(message)
    ended.push(`echo ${peer.signal.aborted}`)
  }),
  websocket(
    '/rooms/:id',
    { params: z.object({ id: int }), message: z.object({ n: z.number() }) },
    async (peer, request) => {
      for await (const { n } of peer) await peer.send({ sum: n + request.params.id })
    },
  ),
  websocket('/protocols', { protocols: ['v2', 'v1'] }, async (peer) => {
    await peer.send(peer.protocol)
    await peer.close(4001, 'enough')
  }),
  websocket('/fails', () => {
    throw new Error('a fault of the view')
  }),
  websocket('/small', { maxMessage: 10 }, async (peer) => {
    for await (const message of peer) await peer.send(message)
  }),
  websocket('/idle', { idle: 100 }, async (peer) => {
    for await (const message of peer) await peer.send(message)
  }),
  websocket('/fast', { rate: 5 }, async (peer) => {
    for await (const message of peer) await peer.send(message)
  }),
  websocket('/deaf', async (peer) => {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    for await (const message of peer) await peer.send(message)
  }),
  websocket('/returns', (peer) => peer.send('bye')),
])
