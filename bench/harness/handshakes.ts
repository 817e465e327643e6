/**
 * New connections over TLS, each for one request: `node handshakes.ts PORT SECONDS fresh|resumed`. `fresh` makes a handshake for
 * each; `resumed` offers the ticket of the first again. Prints how many there were, how many were resumed, and the seconds.
 */
import { once } from 'node:events'
import { connect } from 'node:tls'

const [, , port = '', seconds = '', kind = ''] = process.argv
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
const AT_A_TIME = 4

let connections = 0
let resumed = 0

/** @returns the last ticket of the connection. */
async function ask(session?: Buffer): Promise<Buffer | undefined> {
  let ticket: Buffer | undefined
  const socket = connect({
    port: Number(port),
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ...(session && { session }),
  })
  socket.on('session', (given: Buffer) => {
    ticket = given
  })
  socket.on('secureConnect', () => {
    if (socket.isSessionReused()) resumed++
  })
  socket.write(REQUEST)
  socket.resume()
  await once(socket, 'close')
  connections++
  return ticket
}

const ticket = kind === 'resumed' ? await ask() : undefined
connections = 0
const started = performance.now()
async function row(): Promise<void> {
  while (performance.now() - started < Number(seconds) * 1000) await ask(ticket)
}
await Promise.all(Array.from({ length: AT_A_TIME }, row))
process.stdout.write(JSON.stringify({ connections, resumed, seconds: (performance.now() - started) / 1000 }))
