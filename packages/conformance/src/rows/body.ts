/** Bodies (section H). */
import { field, text } from '../client/message.ts'
import { check, equal, oneOf } from '../expectation.ts'
import type { Row } from '../row.ts'
import { binary } from '../ways/way.ts'

/** The way answers 200 with this body. */
function body(id: string, title: string, way: string, expected: string): Row {
  return { id, title, run: async (probe) => equal(text(await probe.ask({ way })), expected, 'body') }
}

/** HEAD of a way: no bytes, and these headers. */
function head(id: string, title: string, way: string, status: number, length: string | undefined): Row {
  return {
    id,
    title,
    async run(probe) {
      const answer = await probe.ask({ way, method: 'HEAD' })
      equal(
        [answer.status, field(answer, 'Content-Length'), answer.body.length],
        [status, length, 0],
        'status, length, bytes',
      )
    },
  }
}

export const bodyRows: readonly Row[] = [
  body('C68-1', 'a string is UTF-8', 'string', 'one ñ two'),
  body('C68-2', 'an empty chunk ends nothing', 'generator', 'añ'),
  ...['empty-generator', 'empty-list', 'empty-string', 'empty-chunks'].map(
    (way, i): Row => ({
      id: `C68-3${'abcd'[i]}`,
      title: `nothing is an empty body: ${way}`,
      async run(probe) {
        const answer = await probe.ask({ way })
        equal(
          [answer.status, answer.body.length, field(answer, 'Content-Length')],
          [200, 0, '0'],
          'status, bytes, length',
        )
      },
    }),
  ),
  body('C68-4', 'a lone surrogate is U+FFFD', 'surrogate', '\ufffd'),
  body('C68-5', 'a view of a larger buffer is only the view', 'view', '3456'),
  {
    id: 'C68-6',
    title: 'bytes stay as they are, and get no charset',
    async run(probe) {
      const answer = await probe.ask({ way: 'binary' })
      equal(
        [Buffer.compare(Buffer.from(answer.body), binary(300_000)), field(answer, 'Content-Type')],
        [0, 'application/octet-stream'],
        'difference, type',
      )
    },
  },
  body('C68-7', 'a ReadableStream is a body', 'stream', 'st'),
  ...files(),
  ...['204 No Content', '205 Reset Content', '304 Not Modified'].map(
    (status, i): Row => ({
      id: `C70-1${'abc'[i]}`,
      title: `${status} with a body sends no byte`,
      asks: ['wire'],
      needs: ['keep-alive'],
      async run(probe) {
        const connection = probe
          .connect()
          .send(probe.bytes({ way: 'forbidden', argument: status }))
          .send(probe.bytes({ way: 'ok' }))
        const answer = await connection.response()
        equal([answer.status, answer.body.length], [Number(status.slice(0, 3)), 0], 'status, bytes')
        equal((await connection.response()).status, 200, 'status of the next')
      },
    }),
  ),
  {
    id: 'C71-1',
    title: 'a declared length is kept',
    async run(probe) {
      const answer = await probe.ask({ way: 'declared' })
      equal(
        [text(answer), field(answer, 'Content-Length'), field(answer, 'Transfer-Encoding')],
        ['abc', '3', undefined],
        'body, framing',
      )
    },
  },
  {
    id: 'C72-1',
    title: 'bytes beyond the declared length are dropped',
    asks: ['wire'],
    async run(probe) {
      const connection = probe
        .connect()
        .send(probe.bytes({ way: 'too-long' }))
        .send(probe.bytes({ way: 'ok' }))
      equal(text(await connection.response()), 'abc', 'body')
      const next = await connection.response().catch((error: unknown) => {
        check(
          error instanceof Error && error.message.startsWith('the connection ended'),
          `behind the body came: ${error}`,
        )
      })
      if (next !== undefined) equal(next.status, 200, 'status of the next')
    },
  },
  {
    id: 'C72-2',
    title: 'fewer bytes than declared are a visible cut',
    needs: ['visible-cut', 'streaming-out'],
    async run(probe) {
      const answer = await probe.ask({ way: 'too-short' })
      equal([answer.status, answer.complete], [200, false], 'status, complete')
    },
  },
  {
    id: 'C72-3',
    title: 'a whole body shorter than declared is 500',
    run: async (probe) => equal((await probe.ask({ way: 'too-short-whole' })).status, 500, 'status'),
  },
  head('C73-1', 'HEAD has the length of GET', 'string', 200, '10'),
  {
    id: 'C73-2',
    title: 'HEAD of an endless body is answered, and the body closed',
    asks: ['notes', 'long-running'],
    async run(probe) {
      const answer = await probe.ask({ way: 'endless', argument: '10,10', method: 'HEAD' })
      equal([answer.status, answer.body.length], [200, 0], 'status, bytes')
      const seen = await probe.seenUntil(({ closes }) => closes > 0, 'after the response')
      check(seen.pulled <= 1 && seen.closes === 1, `pulled ${seen.pulled}, closed ${seen.closes} times`)
    },
  },
  head('C73-3', 'HEAD of an unknown length has no length', 'async-generator', 200, undefined),
  head('C73-4', 'HEAD of a 404 has its length', '404-of-13', 404, '13'),
  {
    id: 'C73-5',
    title: 'HEAD of a view that throws is 500 without bytes',
    async run(probe) {
      const answer = await probe.ask({ way: 'throw', method: 'HEAD' })
      equal([answer.status, answer.body.length], [500, 0], 'status, bytes')
    },
  },
  {
    id: 'C74-1',
    title: 'a body is not pulled faster than the client reads',
    asks: ['wire', 'notes', 'long-running'],
    needs: ['streaming-out'],
    async run(probe) {
      const connection = probe.connect()
      connection.socket.pause()
      connection.send(probe.bytes({ way: 'endless', argument: '65536,0' }))
      await probe.seenUntil(({ pulled }) => pulled > 0, 'pulled')
      // Buffers on the way fill up first. A server that does not wait would pull thousands of chunks meanwhile.
      let [before, pulled] = [-1, 0]
      for (let look = 0; look < 10 && before !== pulled; look++) {
        before = pulled
        await new Promise((resolve) => setTimeout(resolve, 200))
        pulled = (await probe.seen()).pulled
      }
      check(pulled < 1024, `pulled ${pulled} × 64 KiB`)
    },
  },
  {
    id: 'C74-2',
    title: 'one chunk is pulled at a time, asynchronously, by one iterator (C74-3)',
    asks: ['notes'],
    async run(probe) {
      equal(text(await probe.ask({ way: 'notes-overlap' })), 'o'.repeat(20), 'body')
      const { said } = await probe.seen()
      equal([said.overlap ?? false, said.sync ?? false, said.iterators], [false, false, 1], 'overlap, sync, iterators')
    },
  },
  {
    id: 'C75-1',
    title: 'a body is pulled to its end',
    asks: ['notes'],
    async run(probe) {
      equal((await probe.ask({ way: '300-chunks' })).body.length, 300_000, 'bytes')
      const seen = await probe.seenUntil(({ closes }) => closes > 0, 'after the response')
      equal([seen.pulled, seen.done, seen.closes], [300, true, 1], 'pulled, done, closes')
    },
  },
  {
    id: 'C77-1',
    title: 'write() keeps the order, and waits',
    async run(probe) {
      const { body } = await probe.ask({ way: 'write-megabytes' })
      equal(body.length, 20 * 2 ** 20, 'bytes')
      equal(
        Array.from({ length: 20 }, (_, i) => body[i * 2 ** 20]),
        Array.from({ length: 20 }, (_, i) => 97 + i),
        'order',
      )
    },
  },
  {
    id: 'C77-2',
    title: 'write() rejects when the client has left',
    asks: ['notes', 'long-running'],
    needs: ['abort', 'streaming-out'],
    async run(probe) {
      await probe.leave({ way: 'write-forever' }, (received) => received.includes('wwww'))
      await probe.seenUntil(({ said }) => said.rejected === true, 'after the client left')
    },
  },
]

function files(): readonly Row[] {
  const needs = ['files'] as const
  return [
    {
      id: 'C69-1',
      title: 'a span of a file',
      needs,
      async run(probe) {
        const answer = await probe.ask({ way: 'file', argument: '2,10' })
        equal(
          [answer.status, answer.body.length, field(answer, 'Content-Length')],
          [200, 10, '10'],
          'status, bytes, length',
        )
        if (probe.target.oneProcess !== false)
          oneOf((await probe.seenUntil(({ closes }) => closes > 0, 'after the response')).closes, [1], 'closes')
      },
    },
    {
      id: 'C69-2',
      title: 'an empty span of a file',
      needs,
      async run(probe) {
        const answer = await probe.ask({ way: 'file', argument: '0,0' })
        equal([answer.status, answer.body.length], [200, 0], 'status, bytes')
      },
    },
    {
      id: 'C69-3',
      title: 'HEAD of a file has its length',
      needs,
      async run(probe) {
        const answer = await probe.ask({ way: 'file', argument: '2,10', method: 'HEAD' })
        equal(
          [answer.status, answer.body.length, field(answer, 'Content-Length')],
          [200, 0, '10'],
          'status, bytes, length',
        )
        if (probe.target.oneProcess !== false) await probe.seenUntil(({ closes }) => closes === 1, 'after the response')
      },
    },
  ]
}
