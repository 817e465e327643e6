import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'

const [, , key, cert] = process.argv
createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) =>
  response.end('Hello, world!'),
).listen(Number(process.env.PORT), '127.0.0.1')
