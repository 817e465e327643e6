import { createServer } from 'node:http'

createServer(async (request, response) => {
  let octets = 0
  for await (const chunk of request) octets += chunk.byteLength
  response.writeHead(200, { 'Content-Type': 'text/plain' }).end(String(octets))
}).listen(Number(process.env.PORT), '127.0.0.1')
