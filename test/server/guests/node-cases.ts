// biome-ignore-all lint/complexity/noCommaOperator: one expression per case keeps the table readable
/**
 * What handlers do with the message objects of `node:http`, one case each. Every one must answer alike on `node:http` and
 * as a guest. What a handler sees of its request it answers with, so that this is compared too.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { PassThrough, pipeline, Readable } from 'node:stream'
import type { TableRequest } from '../../support/raw-exchange.ts'

export interface NodeCase {
  readonly name: string
  readonly handler: (request: IncomingMessage, response: ServerResponse) => unknown
  readonly request?: Partial<TableRequest>
  /** Only a socket can bring this request, or show this answer. */
  readonly onSocket?: true
  /** The hosts on which it answers otherwise, as docs/guests.md says why: the test fails when it no longer does. */
  readonly differs?: ReadonlyArray<'gateway' | 'node'>
}

const POST: Partial<TableRequest> = { method: 'POST', body: 'the body' }

export const NODE_CASES: readonly NodeCase[] = [
  // ------------------------------------------------------------------ heads
  { name: 'end with text', handler: (_q, r) => r.end('hello') },
  { name: 'end with octets', handler: (_q, r) => r.end(Buffer.from([0, 255, 13, 10, 128])) },
  { name: 'end with a Uint8Array', handler: (_q, r) => r.end(new Uint8Array([1, 2, 3])) },
  { name: 'end with nothing', handler: (_q, r) => r.end() },
  { name: 'end with text in latin-1', handler: (_q, r) => r.end('é', 'latin1') },
  { name: 'end with text in hex', handler: (_q, r) => r.end('00ff', 'hex') },
  { name: 'end with text beyond ASCII', handler: (_q, r) => r.end('日本語 🎉') },
  { name: 'end with a lone surrogate', handler: (_q, r) => r.end('a\ud800b') },
  { name: 'statusCode', handler: (_q, r) => Object.assign(r, { statusCode: 404 }).end('no') },
  { name: 'statusMessage', handler: (_q, r) => Object.assign(r, { statusCode: 404, statusMessage: 'Nope' }).end() },
  { name: 'an unknown status', handler: (_q, r) => r.writeHead(299).end('x') },
  { name: 'an empty phrase', handler: (_q, r) => r.writeHead(200, '').end('x') },
  { onSocket: true, name: 'a phrase beyond ASCII', handler: (_q, r) => r.writeHead(200, 'é').end('x') },
  {
    name: 'writeHead with an object',
    handler: (_q, r) => r.writeHead(201, { 'X-A': '1', 'x-b': ['2', '3'] }).end('x'),
  },
  { name: 'writeHead with a flat list', handler: (_q, r) => r.writeHead(201, ['X-A', '1', 'X-A', '2']).end('x') },
  { name: 'writeHead with phrase and object', handler: (_q, r) => r.writeHead(201, 'Made', { 'X-A': 1 }).end('x') },
  { name: 'writeHead with phrase and list', handler: (_q, r) => r.writeHead(201, 'Made', ['X-A', '1']).end('x') },
  {
    name: 'writeHead over setHeader',
    handler: (_q, r) => r.setHeader('X-A', '1').writeHead(200, { 'x-a': '2' }).end(),
  },
  { name: 'setHeader with a number', handler: (_q, r) => r.setHeader('X-N', 5).end() },
  { name: 'setHeaders', handler: (_q, r) => r.setHeaders(new Map([['X-M', '1']])).end() },
  { name: 'appendHeader', handler: (_q, r) => r.appendHeader('X-A', '1').appendHeader('X-A', '2').end() },
  { name: 'a list of cookies', handler: (_q, r) => r.setHeader('Set-Cookie', ['a=1; Path=/', 'b=2']).end('x') },
  { name: 'removeHeader', handler: (_q, r) => (r.setHeader('X-A', '1'), r.removeHeader('x-a'), r.end('x')) },
  { name: 'a header beyond ASCII with text', handler: (_q, r) => r.setHeader('X-L', 'é').end('x') },
  { name: 'a header beyond ASCII with octets', handler: (_q, r) => r.setHeader('X-L', 'é').end(Buffer.from('x')) },
  { name: 'an empty header', handler: (_q, r) => r.setHeader('X-E', '').end('x') },
  { name: 'a Content-Length of its own', handler: (_q, r) => r.writeHead(200, { 'Content-Length': 5 }).end('hello') },
  { name: 'no Date', handler: (_q, r) => Object.assign(r, { sendDate: false }).end('x') },
  { name: 'Connection: close', handler: (_q, r) => r.setHeader('Connection', 'close').end('x') },
  { name: 'Transfer-Encoding of its own', handler: (_q, r) => r.setHeader('Transfer-Encoding', 'chunked').end('x') },
  {
    name: 'getters',
    handler: (_q, r) => (
      r.setHeader('X-A', 'v'),
      r.end(JSON.stringify([r.getHeader('x-a'), r.getHeaderNames(), r.hasHeader('X-a'), r.headersSent]))
    ),
  },
  { name: 'headersSent after the head', handler: (_q, r) => (r.write('a'), r.end(String(r.headersSent))) },
  { name: 'a header after the head', handler: (_q, r) => (r.write('a'), r.end(thrown(() => r.setHeader('a', 'b')))) },
  { name: 'writeHead twice', handler: (_q, r) => (r.writeHead(200), r.end(thrown(() => r.writeHead(201)))) },
  { name: 'an invalid header', handler: (_q, r) => r.end(thrown(() => r.setHeader('X', 'a\nb'))) },
  { name: 'an invalid status', handler: (_q, r) => r.end(thrown(() => r.writeHead(99))) },
  {
    name: 'strictContentLength',
    handler: (_q, r) => {
      r.strictContentLength = true
      r.setHeader('Content-Length', 3)
      r.end('abc')
    },
  },
  {
    name: 'flushHeaders',
    handler: (_q, r) => (r.setHeader('X-A', '1'), r.flushHeaders(), setImmediate(() => r.end('late'))),
  },
  {
    onSocket: true,
    name: 'early hints',
    handler: (_q, r) => (r.writeEarlyHints({ link: '</a.css>; rel=preload' }), r.end('x')),
  },
  { name: 'writeContinue', handler: (_q, r) => (r.writeContinue(), r.end('x')) },
  // ------------------------------------------------------------------ bodies
  { name: 'write and end', handler: (_q, r) => (r.write('one '), r.write(Buffer.from('two ')), r.end('three')) },
  {
    name: 'writes over turns',
    handler: (_q, r) => (r.write('a'), setImmediate(() => (r.write('b'), setImmediate(() => r.end('c'))))),
  },
  { name: 'empty writes', handler: (_q, r) => (r.write(''), r.write('a'), r.write(''), r.end('')) },
  { name: 'cork and uncork', handler: (_q, r) => (r.cork(), r.write('a'), r.write('b'), r.uncork(), r.end('c')) },
  {
    name: 'mixed encodings',
    handler: (_q, r) => (
      r.write('é', 'latin1'), r.write('é', 'utf8'), r.write('YQ==', 'base64'), r.end('616263', 'hex')
    ),
  },
  {
    name: 'Content-Length over several writes',
    handler: (_q, r) => (r.writeHead(200, { 'Content-Length': 6 }), r.write('abc'), setImmediate(() => r.end('def'))),
  },
  { name: 'a large text', handler: (_q, r) => r.end('x'.repeat(1_000_000)) },
  { name: 'a large stream', handler: (_q, r) => Readable.from(blocks(64, 16_384)).pipe(r) },
  {
    name: 'a pipeline',
    handler: (_q, r) => pipeline(Readable.from(['a', 'b', 'c']), new PassThrough(), r, () => undefined),
  },
  { name: 'back-pressure', handler: (_q, r) => drainAll(r) },
  { name: 'callbacks of write and end', handler: (_q, r) => r.write('a', () => r.end('b', () => undefined)) },
  { name: 'write after end', handler: (_q, r) => (r.on('error', () => undefined), r.end('a'), r.write('b')) },
  { name: 'end twice', handler: (_q, r) => (r.end('a'), r.end()) },
  {
    differs: ['gateway', 'node'],
    onSocket: true,
    name: 'response trailers',
    handler: (_q, r) => (
      r.writeHead(200, { Trailer: 'X-T', 'X-A': '1' }), r.write('a'), r.addTrailers({ 'X-T': 'v' }), r.end()
    ),
  },
  // ------------------------------------------------------------------ responses without content
  { name: '204', handler: (_q, r) => r.writeHead(204).end() },
  { name: '204 with octets', handler: (_q, r) => r.writeHead(204).end('dropped') },
  { name: '304', handler: (_q, r) => r.writeHead(304, { ETag: '"a"' }).end() },
  { name: 'HEAD', handler: (_q, r) => r.end('not sent'), request: { method: 'HEAD' } },
  {
    name: 'HEAD with a length',
    handler: (_q, r) => r.writeHead(200, { 'Content-Length': 8 }).end(),
    request: { method: 'HEAD' },
  },
  { name: 'HEAD with writes', handler: (_q, r) => (r.write('a'), r.end('b')), request: { method: 'HEAD' } },
  // ------------------------------------------------------------------ what is seen of the request
  {
    name: 'method and url',
    handler: (q, r) => r.end(`${q.method} ${q.url}`),
    request: { method: 'OPTIONS', target: '/a%2Fb/%C3%A9?x=1&y=%20' },
  },
  {
    onSocket: true,
    name: 'a doubled slash',
    handler: (q, r) => r.end(q.url),
    request: { target: '//evil.test/%2e%2e/x' },
  },
  {
    onSocket: true,
    name: 'an absolute-form target',
    handler: (q, r) => r.end(`${q.url} ${q.headers.host}`),
    request: { target: 'http://example.test/x?y' },
  },
  { onSocket: true, name: 'OPTIONS *', handler: (q, r) => r.end(q.url), request: { method: 'OPTIONS', target: '*' } },
  { name: 'version', handler: (q, r) => r.end(`${q.httpVersion} ${q.httpVersionMajor} ${q.httpVersionMinor}`) },
  {
    onSocket: true,
    name: 'HTTP/1.0',
    handler: (q, r) => (r.write(q.httpVersion), r.end('!')),
    request: { protocol: 'HTTP/1.0' },
  },
  {
    onSocket: true,
    name: 'headers',
    handler: (q, r) => r.end(JSON.stringify(q.headers)),
    request: {
      headers: [
        ['X-A', '1'],
        ['X-a', '2'],
        ['Cookie', 'a=1'],
        ['Cookie', 'b=2'],
        ['Accept', '*/*'],
      ],
    },
  },
  {
    onSocket: true,
    name: 'rawHeaders',
    handler: (q, r) => r.end(JSON.stringify(q.rawHeaders)),
    request: {
      headers: [
        ['Accept', '*/*'],
        ['X-Some-Name', '1.2.3.4'],
      ],
    },
  },
  {
    onSocket: true,
    name: 'headersDistinct',
    handler: (q, r) => r.end(JSON.stringify(q.headersDistinct)),
    request: { headers: [['Accept', '*/*']] },
  },
  {
    onSocket: true,
    name: 'a header in latin-1',
    handler: (q, r) => r.end(q.headers['x-l']),
    request: { headers: [['X-L', 'é']] },
  },
  {
    onSocket: true,
    name: 'addresses',
    handler: (q, r) =>
      r.end(
        JSON.stringify([
          q.socket.remoteAddress,
          q.socket.remoteFamily,
          q.socket.localAddress,
          typeof q.socket.remotePort,
          typeof q.socket.localPort,
          'encrypted' in q.socket,
        ]),
      ),
  },
  {
    name: 'one socket',
    handler: (q, r) =>
      r.end(
        String([
          q.socket === r.socket,
          q.connection === q.socket,
          q.socket.writable,
          q.socket.readable,
          q.socket.destroyed,
        ]),
      ),
  },
  {
    name: 'methods of the socket',
    handler: (q, r) => (
      q.socket.setNoDelay(true),
      q.socket.setKeepAlive(true, 5),
      q.socket.ref(),
      q.socket.unref(),
      q.socket.setTimeout(60_000),
      r.end(String([q.socket.timeout, q.socket.connecting, q.socket.readyState, q.socket.pending]))
    ),
  },
  { name: 'a method of its own', handler: (q, r) => r.end(q.method), request: { method: 'PROPFIND' } },
  // ------------------------------------------------------------------ request bodies
  { onSocket: true, name: 'a body, read', handler: echo, request: POST },
  { name: 'a body, piped', handler: (q, r) => q.pipe(r), request: POST },
  {
    name: 'a body, iterated',
    handler: async (q, r) => {
      let n = 0
      for await (const c of q) n += c.length
      r.end(String(n))
    },
    request: POST,
  },
  {
    name: 'a body with an encoding',
    handler: (q, r) => {
      let s = ''
      q.setEncoding('utf8')
        .on('data', (c) => {
          s += c
        })
        .on('end', () => r.end(`${s.length}`))
    },
    request: { method: 'POST', body: 'é日🎉'.repeat(9_000) },
  },
  { onSocket: true, name: 'a chunked body', handler: echo, request: { method: 'POST', chunks: ['one', 'two', 'é'] } },
  { onSocket: true, name: 'an empty chunked body', handler: echo, request: { method: 'POST', chunks: [] } },
  { onSocket: true, name: 'a body of zero', handler: echo, request: { method: 'POST', body: '' } },
  { onSocket: true, name: 'POST without a body', handler: echo, request: { method: 'POST' } },
  { onSocket: true, name: 'GET with a body', handler: echo, request: { body: 'odd' } },
  {
    name: 'a large body, piped',
    handler: (q, r) => q.pipe(r),
    request: { method: 'PUT', body: 'abc'.repeat(300_000) },
  },
  { name: 'a body nobody reads', handler: (_q, r) => r.end('no, thanks'), request: POST },
  { name: 'a body, dumped', handler: (q, r) => (q.resume(), q.on('end', () => r.end('read'))), request: POST },
  {
    name: 'complete',
    handler: (q, r) => {
      const before = q.complete
      q.resume().on('end', () => r.end(String([before, q.complete, q.readableEnded, q.aborted, q.destroyed])))
    },
    request: { method: 'POST', body: 'x'.repeat(200_000) },
  },
  {
    name: 'read() by hand',
    handler: (q, r) => {
      const parts: Buffer[] = []
      q.on('readable', () => {
        for (let c = q.read(); c !== null; c = q.read()) parts.push(c)
      })
      q.on('end', () => r.end(Buffer.concat(parts)))
    },
    request: POST,
  },
  {
    onSocket: true,
    name: 'Expect: 100-continue',
    handler: echo,
    request: { ...POST, headers: [['Expect', '100-continue']] },
  },
  {
    differs: ['gateway'],
    onSocket: true,
    name: 'an Expect nobody knows',
    handler: echo,
    request: { ...POST, headers: [['Expect', 'tea']] },
  },
  {
    onSocket: true,
    name: 'Upgrade without a listener',
    handler: (q, r) => r.end(`${q.headers.upgrade}`),
    request: {
      headers: [
        ['Upgrade', 'websocket'],
        ['Connection', 'Upgrade, close'],
      ],
    },
  },
  // ------------------------------------------------------------------ events
  { name: 'the order of events', handler: order, request: POST },
  { name: 'the order of events without a body', handler: order },
  {
    name: 'a prototype of its own',
    handler: (_q, r) => {
      Object.setPrototypeOf(
        r,
        Object.create(Object.getPrototypeOf(r), {
          send: {
            value(this: ServerResponse, s: string) {
              this.end(s)
            },
          },
        }),
      )
      ;(r as ServerResponse & { send(s: string): void }).send('sent')
    },
  },
  {
    name: 'a writeHead of its own',
    handler: (_q, r) => {
      const writeHead = r.writeHead.bind(r) as (code: number) => ServerResponse
      r.writeHead = ((code: number) => (r.setHeader('X-Late', '1'), writeHead(code))) as ServerResponse['writeHead']
      r.end('x')
    },
  },
  {
    name: 'a handler that is async',
    handler: async (_q, r) => {
      await null
      r.end('x')
    },
  },
]

function thrown(call: () => unknown): string {
  try {
    call()
    return 'nothing was thrown'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  response.setHeader('X-Length', String(request.headers['content-length']))
  response.setHeader('X-Coding', String(request.headers['transfer-encoding']))
  response.end(Buffer.concat(chunks))
}

function* blocks(count: number, size: number): Generator<Buffer> {
  for (let i = 0; i < count; i++) yield Buffer.alloc(size, i)
}

/** Writes as long as it may, and waits for 'drain' ten times. */
function drainAll(response: ServerResponse, rounds = 10): void {
  const block = Buffer.alloc(200_000, rounds)
  if (rounds === 0) response.end()
  else if (response.write(block)) setImmediate(() => drainAll(response, rounds - 1))
  else {
    const needed = response.writableNeedDrain
    response.once('drain', () => {
      response.write(`${needed} ${response.writableNeedDrain}`)
      drainAll(response, rounds - 1)
    })
  }
}

/** The events of the request before this answers; what comes after is tested elsewhere. */
function order(request: IncomingMessage, response: ServerResponse): void {
  const seen: string[] = []
  for (const event of ['end', 'close', 'aborted', 'error']) request.on(event, () => seen.push(`request ${event}`))
  response.on('pipe', () => seen.push('response pipe'))
  response.on('prefinish', () => seen.push('response prefinish'))
  request.on('end', () => setImmediate(() => response.end(seen.join())))
  request.resume()
}
