/**
 * Holds idle WebSockets until it is ended: `node sockets.ts PORT CONNECTIONS`. Says `ready` when all are open. They are bytes
 * on a socket: frames that come are counted by their length only. A process of its own, on the core of the load.
 */
import { once } from 'node:events'
import { connect } from 'node:net'

const [, , port = '', connections = ''] = process.argv
const HEAD = `GET /socket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`
let left = Number(connections)
await Promise.all(Array.from({ length: 50 }, openMany))
process.stdout.write('ready')

async function openMany(): Promise<void> {
  while (left-- > 0) {
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(HEAD)
    const [head] = (await once(socket, 'data')) as [Buffer]
    if (!head.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(`no WebSocket: ${head}`)
    socket.on('data', () => undefined)
  }
}
