/** The input (section E). */
import { chunkBytes, text } from '../client/message.ts'
import { check, equal, oneOf } from '../expectation.ts'
import type { Row } from '../row.ts'
import { binary } from '../ways/way.ts'

const LARGE = 'l'.repeat(200_000)

export const inputRows: readonly Row[] = [
  {
    id: 'C36-1',
    title: 'the input has read, readline and an async iterator',
    run: async (probe) =>
      equal(
        await probe.json({ way: 'input-types', method: 'POST', body: 'abc' }),
        ['function', 'function', 'function'],
        'types',
      ),
  },
  {
    id: 'C37-1',
    title: 'read() gives all of a long body',
    run: async (probe) =>
      equal(text(await probe.ask({ way: 'echo', method: 'POST', body: LARGE })) === LARGE, true, 'the body came back'),
  },
  {
    id: 'C37-2',
    title: 'read() gives all of a body in small chunks',
    async run(probe) {
      const chunks = LARGE.slice(0, 20_000).match(/.{1,37}/g) ?? []
      equal(
        text(await probe.ask({ way: 'echo', method: 'POST', chunks })) === LARGE.slice(0, 20_000),
        true,
        'the body came back',
      )
    },
  },
  {
    id: 'C37-3',
    title: 'bytes stay as they are',
    async run(probe) {
      const body = binary(76_800)
      equal(
        Buffer.compare(Buffer.from((await probe.ask({ way: 'echo', method: 'POST', body })).body), body),
        0,
        'difference',
      )
    },
  },
  {
    id: 'C37-4',
    title: 'read(size) gives exactly size bytes until the end',
    run: async (probe) =>
      equal(
        await probe.json({ way: 'reads', argument: '4,4,4,4', method: 'POST', body: '0123456789' }),
        ['0123', '4567', '89', ''],
        'reads',
      ),
  },
  {
    id: 'C37-5',
    title: 'read(0) takes nothing',
    run: async (probe) =>
      equal(await probe.json({ way: 'reads', argument: '0,-', method: 'POST', body: 'abc' }), ['', 'abc'], 'reads'),
  },
  {
    id: 'C37-6',
    title: 'an empty body reads empty, twice',
    run: async (probe) =>
      equal(await probe.json({ way: 'reads', argument: '-,-', method: 'POST', body: '' }), ['', ''], 'reads'),
  },
  {
    id: 'C37-7',
    title: 'no body reads empty',
    run: async (probe) => equal(await probe.json({ way: 'reads', argument: '-' }), [''], 'reads'),
  },
  {
    id: 'C37-8',
    title: 'a body is read while it is sent',
    asks: ['wire'],
    needs: ['streaming-in', 'streaming-out'],
    async run(probe) {
      const connection = probe.connect()
      connection
        .send(probe.head('POST / HTTP/1.1', ['Transfer-Encoding: chunked'], { way: 'echo-chunks' }))
        .send(chunkBytes('x'.repeat(111)))
      await connection.until((received) => received.includes('111\n'))
      connection.send(chunkBytes('y'.repeat(222))).send('0\r\n\r\n')
      check(text(await connection.response()).includes('222\n'), 'the second half did not come back')
    },
  },
  {
    id: 'C38-1',
    title: 'readline() gives lines with their ends',
    run: async (probe) =>
      equal(
        await probe.json({ way: 'lines', method: 'POST', body: 'one\ntwo\n\nend' }),
        ['one\n', 'two\n', '\n', 'end'],
        'lines',
      ),
  },
  {
    id: 'C38-2',
    title: 'readline() joins chunks',
    run: async (probe) =>
      equal(
        await probe.json({ way: 'lines', method: 'POST', chunks: ['on', 'e\ntw', 'o'] }),
        ['one\n', 'two'],
        'lines',
      ),
  },
  {
    id: 'C38-3',
    title: 'readline(size) gives at most size bytes',
    run: async (probe) =>
      equal(
        await probe.json({ way: 'lines', argument: '3', method: 'POST', body: 'abcdef\ng' }),
        ['abc', 'def', '\n', 'g'],
        'lines',
      ),
  },
  {
    id: 'C38-4',
    title: 'only LF ends a line',
    run: async (probe) =>
      equal(await probe.json({ way: 'lines', method: 'POST', body: 'a\r\nb' }), ['a\r\n', 'b'], 'lines'),
  },
  {
    id: 'C39-1',
    title: 'the input ends before the next request',
    asks: ['wire'],
    needs: ['keep-alive'],
    async run(probe) {
      const connection = probe.connect()
      connection
        .send(probe.bytes({ way: 'reads', argument: '100', method: 'POST', body: 'abc' }))
        .send(probe.bytes({ way: 'ok' }))
      equal(JSON.parse(text(await connection.response())), ['abc'], 'reads')
      equal((await connection.response()).status, 200, 'status of the next')
    },
  },
  {
    id: 'C39-2',
    title: 'iteration gives all of a chunked body',
    run: async (probe) => equal(await probe.json({ way: 'iterate', method: 'PUT', chunks: ['12345'] }), 5, 'bytes'),
  },
  {
    id: 'C39-3',
    title: 'DELETE may have a body',
    run: async (probe) => equal(text(await probe.ask({ way: 'echo', method: 'DELETE', body: 'gone' })), 'gone', 'body'),
  },
  {
    id: 'C39-4',
    title: 'GET may have a body',
    needs: ['get-body'],
    run: async (probe) => equal(text(await probe.ask({ way: 'echo', body: 'got' })), 'got', 'body'),
  },
  {
    id: 'C40-1',
    title: 'a body that is cut short rejects with 400 or 408',
    asks: ['wire', 'notes'],
    needs: ['half-close', 'streaming-in'],
    async run(probe) {
      const connection = probe.connect()
      connection.send(probe.head('POST / HTTP/1.1', ['Content-Length: 100'], { way: 'read-and-note' })).send('abc')
      await probe.seenUntil(({ calls }) => calls > 0, 'before the client ends')
      connection.end()
      const seen = await probe.seenUntil(({ said }) => 'status' in said, 'after the client ended')
      oneOf(seen.said.status, [400, 408], 'tsgi.status')
    },
  },
  {
    id: 'C40-2',
    title: 'a malformed chunk is 400, or the connection ends',
    asks: ['wire'],
    async run(probe) {
      const connection = probe
        .connect()
        .send(probe.head('POST / HTTP/1.1', ['Transfer-Encoding: chunked'], { way: 'echo' }))
      const answer = await connection
        .send('zz\r\n')
        .response()
        .catch(() => undefined)
      if (answer !== undefined) equal(answer.status, 400, 'status')
    },
  },
  {
    id: 'C40-3',
    title: 'a body beyond the limit is 413',
    asks: ['wire', 'body-limit'],
    needs: ['body-limit'],
    async run(probe) {
      const length = (probe.target.bodyLimit ?? 0) + 1
      const connection = probe
        .connect()
        .send(probe.head('POST / HTTP/1.1', [`Content-Length: ${length}`], { way: 'echo' }))
      equal((await connection.response()).status, 413, 'status')
    },
  },
  {
    id: 'C40-4',
    title: 'an application may catch what the input rejects with',
    asks: ['wire'],
    needs: ['half-close', 'streaming-in'],
    async run(probe) {
      const connection = probe.connect()
      connection.send(probe.head('POST / HTTP/1.1', ['Content-Length: 100'], { way: 'read-and-catch' })).send('abc')
      connection.end()
      await connection.closed()
      if (connection.received.length > 0) oneOf((await connection.response()).status, [200, 400, 408], 'status')
    },
  },
  {
    id: 'C42-1',
    title: 'two readers at a time: no byte is lost or doubled, whether one is refused or not',
    async run(probe) {
      const { got, rest } = JSON.parse(text(await probe.ask({ way: 'two-readers', method: 'POST', body: 'abcdef' })))
      equal(got.filter((each: unknown) => each !== null).join('') + rest, 'abcdef', 'what was read')
    },
  },
  {
    id: 'C44-1',
    title: 'an unread body does not harm the next request',
    asks: ['wire'],
    needs: ['keep-alive'],
    async run(probe) {
      const connection = probe
        .connect()
        .send(probe.bytes({ way: 'unread', method: 'POST', body: 'u'.repeat(1000) }))
        .send(probe.bytes({ way: 'ok' }))
      equal([(await connection.response()).status, (await connection.response()).status], [200, 200], 'statuses')
    },
  },
  {
    id: 'C44-2',
    title: 'a long unread body: the response is whole, the next is answered or the connection ended',
    asks: ['wire'],
    async run(probe) {
      const connection = probe.connect()
      connection
        .send(probe.bytes({ way: 'unread', method: 'POST', body: Buffer.alloc(10_000_000) }))
        .send(probe.bytes({ way: 'ok' }))
      const first = await connection.response()
      equal([first.status, text(first), first.complete], [200, 'did not look', true], 'response')
      const next = await connection.response().catch(() => undefined)
      if (next !== undefined) equal(next.status, 200, 'status of the next')
    },
  },
  {
    id: 'C44-3',
    title: 'no 100 for a body that is not read',
    asks: ['wire'],
    needs: ['continue'],
    async run(probe) {
      const connection = probe
        .connect()
        .send(probe.head('POST / HTTP/1.1', ['Content-Length: 3', 'Expect: 100-continue'], { way: 'unread' }))
      const { status, interim } = await connection.response()
      equal([status, interim.length], [200, 0], 'status, interim responses')
    },
  },
  {
    id: 'C44-4',
    title: '100 once when the body is read',
    asks: ['wire'],
    needs: ['continue'],
    async run(probe) {
      const connection = probe
        .connect()
        .send(probe.head('POST / HTTP/1.1', ['Content-Length: 3', 'Expect: 100-continue'], { way: 'echo' }))
      await connection.until((received) => received.includes('100 '))
      const answer = await connection.send('abc').response()
      equal([answer.status, text(answer), answer.interim.map(({ status }) => status)], [200, 'abc', [100]], 'response')
    },
  },
  {
    id: 'C44-5',
    title: 'a body of which only the beginning is read',
    async run(probe) {
      equal(
        text(await probe.ask({ way: 'read-four', method: 'POST', body: `read${'-'.repeat(3_000_000)}` })),
        'read',
        'body',
      )
    },
  },
]
