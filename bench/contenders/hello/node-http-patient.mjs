// node:http that keeps idle connections as long as the comparison takes.
import { createServer } from 'node:http'

const server = createServer((_request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 13 })
  response.end('Hello, world!')
})
server.keepAliveTimeout = 600_000
server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 })
