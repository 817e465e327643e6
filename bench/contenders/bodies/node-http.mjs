import { createServer } from 'node:http'

createServer((request, response) => {
  if (request.method === 'GET') return response.end('Hello, world!')
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => response.end(String(Buffer.concat(chunks).length)))
}).listen(Number(process.env.PORT), '127.0.0.1')
