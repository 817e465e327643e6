/**
 * Uploads one chunked body (RFC 9112 §7.1) as fast as it is taken, and says how it went. A process of its own, on the
 * core of the load: `node upload.ts PORT OCTETS`, whole MiB. Prints the seconds and the answer's body as JSON.
 */
import { once } from 'node:events'
import { connect } from 'node:net'

const CHUNK = 64 * 1024
const [, , port = '', octets = ''] = process.argv
const chunk = Buffer.concat([Buffer.from(`${CHUNK.toString(16)}\r\n`), Buffer.alloc(CHUNK, 'x'), Buffer.from('\r\n')])
/** Chunks in one write, so that it is the server that is measured and not the client, which has no less to do for each. */
const TOGETHER = 16
const row = Buffer.concat(Array<Buffer>(TOGETHER).fill(chunk))

const socket = connect(Number(port), '127.0.0.1')
const started = performance.now()
let answer = ''
socket.setEncoding('latin1').on('data', (text) => {
  answer += text
})
socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n')
for (let sent = 0; sent < Number(octets); sent += TOGETHER * CHUNK) if (!socket.write(row)) await once(socket, 'drain')
socket.write('0\r\n\r\n')
await once(socket, 'close')
process.stdout.write(JSON.stringify({ seconds: (performance.now() - started) / 1000, answer }))
