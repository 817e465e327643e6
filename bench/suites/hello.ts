/** Hello, by the bare contract, with the headers `wrk` sends and with those of a browser. */
import { bun, deno, nginx, nodeHttp, onNode, tsgi } from '../contenders/peers.ts'
import type { Contender } from '../harness/contender.ts'
import type { Ask } from '../harness/load.ts'

export const OURS = tsgi('tsgi', 'hello/tsgi.ts:application')
export const NODE_HTTP = nodeHttp('hello/node-http.mjs')

export const PEERS: readonly Contender[] = [
  OURS,
  NODE_HTTP,
  onNode('bare socket', 'hello/socket.mjs', process.versions.node),
  onNode('fastify', 'hello/fastify.mjs'),
  onNode('hono', 'hello/hono.mjs'),
  onNode('express', 'hello/express.mjs'),
  onNode('koa', 'hello/koa.mjs'),
  onNode('h3', 'hello/h3.mjs'),
  bun('hello/bun.mjs'),
  deno('hello/deno.mjs'),
  nginx(`location / { default_type text/plain; return 200 'Hello, world!'; }`),
]

export const BARE: Ask = { path: '/', answer: 'Hello, world!' }

/** What a browser sends with a page it asks for: twelve headers with Host. */
export const BROWSER: Ask = {
  ...BARE,
  headers: {
    'User-Agent':
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36',
    Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'Accept-Language': 'en-GB,en;q=0.9,de;q=0.8',
    'Accept-Encoding': 'gzip, deflate, br, zstd',
    Connection: 'keep-alive',
    Cookie: 'session=4f6d2a9c1b7e4a3f9d8c; theme=dark; consent=all',
    'Upgrade-Insecure-Requests': '1',
    'Sec-Fetch-Dest': 'document',
    'Sec-Fetch-Mode': 'navigate',
    'Sec-Fetch-Site': 'none',
    'Sec-Fetch-User': '?1',
  },
}
