import { createServer } from 'node:http'
import busboy from 'busboy'

createServer((request, response) => {
  if (request.method === 'GET') return response.end('Hello, world!')
  const fields = Object.create(null)
  const files = Object.create(null)
  const parser = busboy({ headers: request.headers })
  parser.on('field', (name, value) => {
    fields[name] = value
  })
  parser.on('file', (name, file) => {
    const pieces = []
    file.on('data', (piece) => pieces.push(piece))
    file.on('end', () => {
      files[name] = Buffer.concat(pieces)
    })
  })
  parser.on('close', () => response.end(String(Object.keys(fields).length + Object.keys(files).length)))
  request.pipe(parser)
}).listen(Number(process.env.PORT), '127.0.0.1')
