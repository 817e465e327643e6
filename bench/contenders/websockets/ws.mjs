/** The same on node:http, by ws. */
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const MESSAGE = 'x'.repeat(100)
const server = createServer((request, response) => {
  if (request.url === '/broadcast') for (const client of sockets.clients) client.send(MESSAGE)
  response.end('Hello, world!')
})
const sockets = new WebSocketServer({ server })
sockets.on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })))
server.listen(Number(process.env.PORT), '127.0.0.1')
