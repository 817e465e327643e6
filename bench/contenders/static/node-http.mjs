// What a careful hand writes for one file: stat, head, pipeline.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream'

createServer(async (request, response) => {
  const path = join(process.env.BENCH_FILES, request.url.replace('/static', ''))
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) return response.writeHead(404).end()
  response.writeHead(200, { 'Content-Length': found.size, 'Last-Modified': found.mtime.toUTCString() })
  pipeline(createReadStream(path), response, () => undefined)
}).listen(Number(process.env.PORT), '127.0.0.1')
