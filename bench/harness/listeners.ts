/**
 * Listens to server-sent events on many connections until it is ended: `node listeners.ts PORT CONNECTIONS`. Says `ready` when all
 * have had their head. A process of its own, on the core of the load.
 */
import { once } from 'node:events'
import { connect } from 'node:net'

const [, , port = '', connections = ''] = process.argv
for (let i = 0; i < Number(connections); i++) {
  const socket = connect(Number(port), '127.0.0.1')
  socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(socket, 'data')
  socket.on('data', () => undefined)
}
process.stdout.write('ready')
