/** The rows that are asked of a guest: what its clients see of any framework, on any server. Ids are the guests' own. */
import { createHash } from 'node:crypto'
import { check, equal, field, fields, type Probe, type Question, type Row, text } from '@tsgi/conformance'
import { BINARY } from './shared.ts'

const MEGABYTE = new Uint8Array(1_000_000).map((_, i) => (i * 7) % 256)

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function row(id: string, title: string, run: Row['run'], rest: Partial<Row> = {}): Row {
  return { id: `G-${id}`, title, run, ...rest }
}

/** What `/env` says of a request, in part. */
function environment(id: string, title: string, question: Question, expected: Readonly<Record<string, unknown>>): Row {
  return row(id, title, async (probe) => {
    const seen = (await probe.json({ path: '/env', ...question })) as Record<string, unknown>
    const part = Object.fromEntries(Object.keys(expected).map((key) => [key, seen[key]]))
    equal(part, expected, 'the request')
  })
}

/** What `/body` says of an upload. */
function upload(id: string, title: string, bytes: Uint8Array, question: Question, rest: Partial<Row> = {}): Row {
  const read = async (probe: Probe) => {
    const headers = [['Content-Type', 'application/octet-stream'] as const]
    const seen = await probe.json({ method: 'POST', path: '/body', headers, ...question })
    equal(seen, { length: bytes.length, sha256: sha256(bytes), type: 'application/octet-stream' }, 'the body')
  }
  return row(id, title, read, rest)
}

function response(id: string, path: string, status: number, body: string, method = 'GET'): Row {
  return row(id, `${method} ${path} is ${status}`, async (probe) => {
    const answer = await probe.ask({ method, path })
    equal([answer.status, text(answer), answer.complete], [status, body, true], 'status, body, complete')
  })
}

export const guestRows: readonly Row[] = [
  environment('method', 'the method', {}, { method: 'GET' }),
  environment('query', 'the query, raw', { path: '/env?q=1&e=%C3%A9' }, { query: 'q=1&e=%C3%A9' }),
  environment('host', 'the host', {}, { host: 'conformance.test' }),
  environment('header', 'a header', { headers: [['X-Test', 'a b']] }, { test: 'a b' }),
  environment('no-header', 'a header that was not sent', {}, { test: null, cookie: null }),
  environment('cookie', 'a cookie', { headers: [['Cookie', 'a=1; b=2']] }, { cookie: 'a=1; b=2' }),
  upload('upload', 'a body with a length', MEGABYTE, { body: MEGABYTE }),
  upload('upload-empty', 'an empty body', new Uint8Array(0), { body: '' }),
  upload('upload-binary', 'every byte', BINARY, { body: BINARY }),
  upload('upload-chunked', 'a body without a length', MEGABYTE, {
    chunks: [MEGABYTE.subarray(0, 5), MEGABYTE.subarray(5, 70_000), MEGABYTE.subarray(70_000)],
  }),
  row('unread', 'an upload that is not read has its response', async (probe) => {
    const answer = await probe.ask({ method: 'POST', path: '/unread', body: 'x'.repeat(50_000) })
    equal([answer.status, text(answer)], [200, 'did not look'], 'status, body')
  }),
  response('text', '/text', 200, 'one ñ two'),
  response('stream', '/stream', 200, 'abñ'),
  response('teapot', '/teapot', 418, 'short and stout'),
  response('nothing', '/nothing', 204, ''),
  response('head', '/text', 200, '', 'HEAD'),
  response('head-stream', '/stream', 200, '', 'HEAD'),
  row(
    'length',
    'a text has its length',
    async (probe) => {
      equal(field(await probe.ask({ path: '/text' }), 'content-length'), '10', 'Content-Length')
    },
    { needs: ['known-length'] },
  ),
  row('type', 'a text has its type', async (probe) => {
    check(
      /^text\/plain; ?charset=utf-8$/i.test(field(await probe.ask({ path: '/text' }), 'content-type') ?? ''),
      'type',
    )
  }),
  row('binary', '300 kB, every byte', async (probe) => {
    const answer = await probe.ask({ path: '/binary' })
    equal([answer.status, sha256(answer.body)], [200, sha256(BINARY)], 'status, body')
  }),
  row('cookies', 'two cookies are two fields', async (probe) => {
    const sent = fields(await probe.ask({ path: '/cookies' }), 'set-cookie').map((value) => value.toLowerCase())
    const expected = ['a=1; path=/', 'b=2; expires=wed, 21 oct 2037 07:28:00 gmt']
    // Django writes a Path of its own.
    equal(
      sent.map((value) => value.replace('gmt; path=/', 'gmt')),
      expected,
      'Set-Cookie',
    )
  }),
  row('redirect', 'a redirect', async (probe) => {
    const answer = await probe.ask({ path: '/old' })
    equal(
      [answer.status, field(answer, 'location')?.replace(/^https?:\/\/[^/]+/, '')],
      [302, '/text'],
      'status, Location',
    )
  }),
  row('missing', 'a path without a route is 404', async (probe) => {
    equal((await probe.ask({ path: '/missing' })).status, 404, 'status')
  }),
  row('fail', 'an error is 500', async (probe) => {
    equal((await probe.ask({ path: '/fail' })).status, 500, 'status')
  }),
  row(
    'cut',
    'a failure after the head is a visible cut',
    async (probe) => {
      equal((await probe.ask({ path: '/cut' })).complete, false, 'complete')
    },
    { needs: ['visible-cut', 'streaming-out'] },
  ),
  row(
    'leave',
    'the application hears that its client has left',
    async (probe) => {
      const left = async () => ((await probe.json({ path: '/log' })) as { left: number }).left
      const before = await left()
      await probe.leave({ path: '/endless' }, (received) => received.includes('xxxx'))
      await probe.until(left, (now) => now > before, 'after the client left')
    },
    { needs: ['abort', 'streaming-out'], asks: ['long-running'] },
  ),
  row(
    'pipelined',
    'two requests on one connection',
    async (probe) => {
      const connection = probe.connect()
      connection.send(Buffer.concat([probe.bytes({ path: '/text' }), probe.bytes({ path: '/stream' })]))
      const [first, second] = [await connection.response(), await connection.response()]
      equal([text(first), text(second)], ['one ñ two', 'abñ'], 'bodies')
    },
    { asks: ['wire'], needs: ['keep-alive'] },
  ),
  row('many', 'twenty requests at a time, each its own response', async (probe) => {
    const asked = Array.from({ length: 20 }, (_, i) => `x${i}`)
    const seen = await Promise.all(
      asked.map(
        async (value) => ((await probe.json({ path: '/env', headers: [['X-Test', value]] })) as { test: unknown }).test,
      ),
    )
    equal(seen, asked, 'what each saw')
  }),
]
