/** Our listener on `node:http2`, by its compatibility API: no pseudo header shows, a failure resets the stream. */
import { once } from 'node:events'
import { type ClientHttp2Stream, connect, createServer, type Http2Server, type IncomingHttpHeaders } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { type Application, type Environ, validate } from '@tsgi/contract'
import { afterEach, expect, it } from 'vitest'
import { toNodeListener } from '../../packages/gateways/src/node.ts'
import { Log } from './exchange/recording-sink.ts'

const servers: Http2Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function serve(application: Application): Promise<string> {
  // The compatibility API has the shape of node:http's messages, which is what the listener uses of them.
  const listener = toNodeListener(application, { errors: new Log() }) as unknown as Parameters<typeof createServer>[1]
  const server = createServer(listener as never).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on TCP
}

interface Outcome {
  readonly head: IncomingHttpHeaders
  readonly body: string
  readonly code: number
  readonly interim: readonly IncomingHttpHeaders[]
}

async function ask(url: string, headers: Record<string, string>, body?: string): Promise<Outcome> {
  const session = connect(url)
  const stream: ClientHttp2Stream = session.request(headers, { endStream: body === undefined })
  const interim: IncomingHttpHeaders[] = []
  stream.on('headers', (fields) => interim.push(fields)).on('error', () => undefined)
  if (body !== undefined) stream.end(body)
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  const [head] = await once(stream, 'response')
  if (!stream.closed) await new Promise((resolve) => stream.once('close', resolve))
  session.close()
  return { head, body: Buffer.concat(chunks).toString(), code: stream.rstCode ?? 0, interim }
}

it('makes an environ without pseudo headers', async () => {
  const seen: Environ[] = []
  const application: Application = async (environ, startResponse) => {
    seen.push({ ...environ })
    const body = await environ['wsgi.input'].read()
    environ['tsgi.early_hints']?.([['Link', '</a.css>; rel=preload']])
    startResponse('201 Made', [
      ['Content-Type', 'text/plain'],
      ['X-Twice', 'a'],
      ['X-Twice', 'b'],
    ])
    return body
  }
  const url = await serve(validate(application, { strict: true }))
  const outcome = await ask(
    url,
    { ':method': 'POST', ':path': '/a%20b?c', ':authority': 'example.org:81', 'x-y': '1' },
    'abc',
  )
  expect(outcome).toMatchObject({
    head: { ':status': 201, 'x-twice': 'a, b', 'content-length': '3' },
    body: 'abc',
    code: 0,
  })
  expect(outcome.interim).toMatchObject([{ ':status': 103, link: '</a.css>; rel=preload' }])
  expect(Object.keys(seen[0] ?? {}).filter((key) => key.includes(':'))).toEqual([])
  expect(seen[0]).toMatchObject({
    HTTP_HOST: 'example.org:81',
    PATH_INFO: '/a b',
    SERVER_PROTOCOL: 'HTTP/2.0',
    HTTP_X_Y: '1',
    REQUEST_METHOD: 'POST',
  })
})

it('resets the stream of a response that fails midway', async () => {
  const url = await serve((_environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'text/plain']])
    return (async function* () {
      yield 'begun'
      await new Promise((resolve) => setTimeout(resolve, 10))
      throw new Error('secret')
    })()
  })
  const { code } = await ask(url, { ':path': '/' })
  expect(code).not.toBe(0)
})
