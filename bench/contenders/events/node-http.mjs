import { createServer } from 'node:http'

createServer((request, response) => {
  if (request.url !== '/events') return response.end('Hello, world!')
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' })
  response.write(':\n\n')
  const timer = setInterval(() => response.write('data: tick\n\n'), 1000)
  response.on('close', () => clearInterval(timer))
}).listen(Number(process.env.PORT), '127.0.0.1')
