/** Trailers, what came and what goes (SPEC C92–C94). */

import { type Answer, type Fields, field, type Question, text } from '../client/message.ts'
import { check, equal, oneOf } from '../expectation.ts'
import type { Way } from '../probe.ts'
import type { Row } from '../row.ts'

const TAKES: Fields = [['TE', 'trailers']]
const SENT: Fields = [
  ['x-first', '1'],
  ['x-second', 'caf\xe9'],
  ['x-first', '2'],
]
const FORBIDDEN = [
  ...['Content-Length', 'Transfer-Encoding', 'Trailer', 'Host', 'TE', 'Connection', 'Upgrade', 'Keep-Alive'],
  ...['Authorization', 'Cookie', 'Set-Cookie', 'Content-Type', 'Content-Encoding', 'Content-Range', 'Cache-Control'],
  ...['Expires', 'Age', 'Date', 'Location', 'Retry-After', 'Vary', 'Expect', 'Range', 'If-Match', 'WWW-Authenticate'],
  ...['Max-Forwards', 'Pragma', 'Proxy-Authorization', 'proxy'],
]

/** Names in lower case: HTTP/2 has no other. Fields of one name stay in order; HTTP/2 may bring them together. */
function trailersOf({ trailers }: Answer): Fields {
  return sorted(trailers.map(([name, value]) => [name.toLowerCase(), value] as const))
}

function sorted(fields: Fields): Fields {
  return [...fields].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
}

function received(id: string, title: string, question: Question & Way, expected: object): Row {
  return {
    id,
    title,
    needs: ['trailers-in'],
    async run(probe) {
      equal(await probe.json({ way: 'trailers-received', method: 'POST', ...question }), expected, 'what was received')
    },
  }
}

const NOTHING_ELSE = { accepted: false, changed: [] }

/** A response whose trailers were dropped, whole and without a trace of them. */
function dropped(id: string, title: string, question: Question & Way, body: string): Row {
  return {
    id,
    title,
    async run(probe) {
      const answer = await probe.ask(question)
      equal([text(answer), answer.complete, answer.trailers], [body, true, []], 'body, complete, trailers')
      equal(field(answer, 'trailer'), undefined, 'Trailer')
    },
  }
}

/** A response with all the trailers that its way sends. */
function sent(id: string, title: string, way: string, body: string, announced?: string): Row {
  return {
    id,
    title,
    needs: way === 'trailers-file' ? ['trailers-out', 'files'] : ['trailers-out'],
    async run(probe) {
      const answer = await probe.ask({ way, headers: TAKES })
      equal([answer.status, text(answer), answer.complete], [200, body, true], 'status, body, complete')
      equal(trailersOf(answer), sorted(SENT), 'trailers')
      equal(field(answer, 'trailer')?.toLowerCase(), announced, 'Trailer')
      check(
        field(answer, 'transfer-encoding') === undefined || field(answer, 'content-length') === undefined,
        'a body in chunks has a Content-Length',
      )
    },
  }
}

export const trailerRows: readonly Row[] = [
  received(
    'C92-1',
    'trailers are there when the body was read, in order, names in lower case',
    {
      chunks: ['one', 'two'],
      trailers: [
        ['X-After', 'a'],
        ['X-AFTER', 'b'],
        ['x-other', 'caf\xe9'],
      ],
    },
    {
      body: 'onetwo',
      before: 'undefined',
      received: [
        ['x-after', 'a'],
        ['x-after', 'b'],
        ['x-other', 'caf\xe9'],
      ],
      ...NOTHING_ELSE,
    },
  ),
  received(
    'C92-2',
    'a body without trailers has none',
    { chunks: ['one'] },
    { body: 'one', before: 'undefined', received: [], ...NOTHING_ELSE },
  ),
  received(
    'C92-3',
    'forbidden trailers are dropped, and change no header',
    {
      chunks: ['one'],
      trailers: [
        ['Authorization', 'Basic eA=='],
        ['Cookie', 'a=1'],
        ['X-After', 'kept'],
        ['Cache-Control', 'no-store'],
        ['Set-Cookie', 'a=1'],
      ],
    },
    { body: 'one', before: 'undefined', received: [['x-after', 'kept']], ...NOTHING_ELSE },
  ),
  {
    id: 'C92-4',
    title: 'a response may end before the trailers came',
    async run(probe) {
      const trailers: Fields = [['X-After', 'a']]
      const seen = await probe.json({ way: 'trailers-not-read', method: 'POST', chunks: ['one'], trailers })
      equal(seen, { received: null }, 'what was received')
    },
  },
  {
    id: 'C92-5',
    title: 'TE: trailers is what accepts them',
    needs: ['trailers-out'],
    async run(probe) {
      const accepted = async (headers: Fields) => {
        const seen = (await probe.json({ way: 'trailers-received', headers })) as { accepted: unknown }
        return seen.accepted ?? false
      }
      equal([await accepted(TAKES), await accepted([])], [true, false], 'accepted with and without TE')
    },
  },
  {
    id: 'C92-6',
    title: 'a trailer section without end is refused',
    asks: ['wire'],
    async run(probe) {
      const endless = `X-A: ${'a'.repeat(8000)}\r\n`.repeat(40)
      const connection = probe.connect()
      const head = probe.head('POST / HTTP/1.1', ['Transfer-Encoding: chunked'], { way: 'trailers-received' })
      connection.send(`${head}3\r\nabc\r\n0\r\n${endless}\r\n`)
      const status = await connection.response().then(
        (answer) => answer.status,
        () => 'closed',
      )
      oneOf(status, [400, 413, 431, 'closed'], 'status')
    },
  },
  {
    id: 'C93-1',
    title: 'fields that must not be trailers are refused',
    needs: ['trailers-out'],
    async run(probe) {
      const seen = await probe.json({ way: 'trailers-refused', argument: FORBIDDEN.join(' '), headers: TAKES })
      equal(seen, [], 'fields that were taken')
    },
  },
  sent('C94-1', 'trailers follow a body that is made piece by piece', 'trailers-late', 'ab'),
  sent('C94-2', 'trailers given before the head are announced', 'trailers-early', 'whole', 'x-first, x-second'),
  sent('C94-3', 'trailers follow an empty body', 'trailers-of-nothing', '', 'x-first, x-second'),
  sent('C94-4', 'trailers follow a body with a Content-Length', 'trailers-with-length', 'whole', 'x-first, x-second'),
  sent('C94-5', 'trailers follow a file', 'trailers-file', '2345678901', 'x-first, x-second'),
  {
    id: 'C94-6',
    title: 'each call adds to those before',
    needs: ['trailers-out'],
    async run(probe) {
      const answer = await probe.ask({ way: 'trailers-twice', headers: TAKES })
      const expected = [
        ['x-first', '1'],
        ['x-second', '2'],
      ]
      equal([text(answer), trailersOf(answer)], ['ab', expected], 'body, trailers')
    },
  },
  dropped('C94-7a', 'a client that does not take trailers gets none', { way: 'trailers-late' }, 'ab'),
  dropped('C94-7b', 'nor does it see them announced', { way: 'trailers-early' }, 'whole'),
  dropped('C94-8a', 'HEAD has no trailers', { way: 'trailers-early', method: 'HEAD', headers: TAKES }, ''),
  dropped('C94-8b', '304 has none', { way: 'trailers-early', argument: '304 Not Modified', headers: TAKES }, ''),
  {
    id: 'C94-9',
    title: 'a body that fails has no trailers, and is visibly incomplete',
    needs: ['visible-cut', 'streaming-out'],
    async run(probe) {
      const answer = await probe.ask({ way: 'trailers-then-failure', headers: TAKES })
      equal([answer.complete, answer.trailers], [false, []], 'complete, trailers')
    },
  },
  {
    id: 'C94-10',
    title: 'HTTP/1.0 gets no trailers',
    asks: ['wire'],
    needs: ['http-1.0'],
    async run(probe) {
      const answer = await probe.ask({ way: 'trailers-late', protocol: 'HTTP/1.0', headers: TAKES })
      equal([text(answer), answer.trailers], ['ab', []], 'body, trailers')
    },
  },
  {
    id: 'C94-11',
    title: 'the next request on the connection has its response',
    asks: ['wire'],
    needs: ['trailers-out', 'keep-alive'],
    async run(probe) {
      const connection = probe.connect()
      const questions = ['trailers-early', 'ok'].map((way) => probe.bytes({ way, headers: TAKES }))
      connection.send(Buffer.concat(questions))
      const [first, second] = [await connection.response(), await connection.response()]
      equal([text(first), trailersOf(first).length, second.status, text(second)], ['whole', 3, 200, 'x'], 'responses')
    },
  },
]
