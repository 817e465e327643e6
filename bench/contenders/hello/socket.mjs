// The floor: what a read and a write cost in Node. Parses nothing, knows no requests.
import { createServer } from 'node:net'

const date = new Date().toUTCString()
const answer = `HTTP/1.1 200 OK\r\nDate: ${date}\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, world!`

createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => undefined)
  socket.on('data', () => socket.write(answer, 'latin1'))
}).listen(Number(process.env.PORT), '127.0.0.1')
