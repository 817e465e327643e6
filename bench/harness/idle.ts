/**
 * Holds idle keep-alive connections, each after one request, until it is ended. A process of its own:
 * `node idle.ts PORT CONNECTIONS`. Says `ready` when all of them have had their answer.
 */
import { once } from 'node:events'
import { connect } from 'node:net'

const [, , port = '', connections = ''] = process.argv
for (let i = 0; i < Number(connections); i++) {
  const socket = connect(Number(port), '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(socket, 'data')
}
process.stdout.write('ready')
