/** A text to all peers with each GET of /broadcast. */
import { Application, get, text } from '@tsgi/framework'
import { type Peer, websocket } from '@tsgi/framework/websocket'

const peers = new Set<Peer<string | Uint8Array>>()
const MESSAGE = 'x'.repeat(100)

export const application = new Application([
  get('/', () => text('Hello, world!')),
  get('/broadcast', () => {
    for (const peer of peers) void peer.send(MESSAGE)
    return text('sent')
  }),
  websocket('/socket', async (peer) => {
    peers.add(peer)
    for await (const message of peer) await peer.send(message)
    peers.delete(peer)
  }),
])
