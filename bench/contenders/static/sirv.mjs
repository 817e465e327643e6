import { createServer } from 'node:http'
import sirv from 'sirv'

// In development mode it looks at the file system for each request, as the others do; else it keeps a list.
const serve = sirv(process.env.BENCH_FILES, { etag: true, dev: process.argv[2] === 'dev' })
createServer((request, response) => {
  request.url = request.url.replace('/static', '')
  serve(request, response, () => response.writeHead(404).end())
}).listen(Number(process.env.PORT), '127.0.0.1')
