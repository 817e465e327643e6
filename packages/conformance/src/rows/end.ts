/** The end of a response, failures, upgrades, connections (sections I to K). */
import { field, text } from '../client/message.ts'
import { check, equal, oneOf } from '../expectation.ts'
import type { Row } from '../row.ts'
import { failed } from './response-head.ts'

export const endRows: readonly Row[] = [
  {
    id: 'C78-1',
    title: 'close() is called once',
    asks: ['notes'],
    async run(probe) {
      equal(text(await probe.ask({ way: 'close-list' })), 'ab', 'body')
      equal((await probe.seenUntil(({ closes }) => closes > 0, 'after the response')).closes, 1, 'closes')
    },
  },
  {
    id: 'C78-2',
    title: 'close() is called once when the body fails',
    asks: ['notes'],
    async run(probe) {
      await probe.ask({ way: 'close-throws-midway' })
      equal((await probe.seenUntil(({ closes }) => closes > 0, 'after the failure')).closes, 1, 'closes')
    },
  },
  {
    id: 'C78-3',
    title: 'close() and return() are called once when the client leaves; nothing is pulled after (C79-1, C81-1)',
    asks: ['notes', 'long-running'],
    needs: ['abort', 'streaming-out'],
    async run(probe) {
      await probe.leave({ way: 'close-endless' }, (received) => received.includes('xxxx'))
      const seen = await probe.seenUntil(({ closes, returns }) => closes > 0 && returns > 0, 'after the client left')
      equal([seen.closes, seen.returns, seen.said.pulledAfterEnd ?? false], [1, 1, false], 'closes, returns, pulled on')
    },
  },
  ...(
    [
      ['a', { way: 'close-list', method: 'HEAD' }],
      ['b', { way: 'close-status', argument: '304 Not Modified' }],
      ['c', { way: 'close-status', argument: '200 OK', method: 'HEAD' }],
      ['d', { way: 'close-status', argument: '404 Not Found' }],
    ] as const
  ).map(
    ([letter, question]): Row => ({
      id: `C78-4${letter}`,
      title: `close() is called once: ${Object.values(question).join(' ')}`,
      asks: ['notes'],
      async run(probe) {
        await probe.ask(question)
        equal((await probe.seenUntil(({ closes }) => closes > 0, 'after the response')).closes, 1, 'closes')
      },
    }),
  ),
  {
    id: 'C78-5',
    title: 'the response does not wait for close()',
    async run(probe) {
      const begun = Date.now()
      equal(text(await probe.ask({ way: 'close-slow' })), 'a', 'body')
      check(Date.now() - begun < 2800, 'it waited')
    },
  },
  {
    id: 'C83-1',
    title: 'a throw is 500, and nothing of the error is sent',
    run: (probe) => failed(probe, { way: 'throw' }),
  },
  { id: 'C83-2', title: 'a rejection is 500', run: (probe) => failed(probe, { way: 'reject' }) },
  { id: 'C83-3', title: 'a throw after startResponse is 500', run: (probe) => failed(probe, { way: 'start-throw' }) },
  { id: 'C83-4', title: 'no property of an error is a status', run: (probe) => failed(probe, { way: 'throw-status' }) },
  {
    id: 'C83-5',
    title: 'an InputError has its status',
    run: (probe) => failed(probe, { way: 'throw-input-error' }, 413),
  },
  {
    id: 'C83-6',
    title: 'a failure after the head is a visible cut',
    needs: ['visible-cut', 'streaming-out'],
    async run(probe) {
      const answer = await probe.ask({ way: 'throw-after-head' })
      check('begun'.startsWith(text(answer)), `body is ${text(answer)}`)
      equal(answer.complete, false, 'complete')
    },
  },
  {
    id: 'C83-7',
    title: 'HTTP/1.0: a failure after the head is a reset',
    asks: ['wire', 'tcp', 'clear'],
    needs: ['http-1.0', 'visible-cut', 'streaming-out'],
    async run(probe) {
      equal((await probe.ask({ way: 'throw-after-head', protocol: 'HTTP/1.0' })).complete, false, 'complete')
    },
  },
  ...['undefined', 'null', 'a proxy'].map(
    (what, i): Row => ({
      id: `C83-8${'abc'[i]}`,
      title: `${what} thrown is 500`,
      run: (probe) => failed(probe, { way: 'throw-odd', argument: what }),
    }),
  ),
  {
    id: 'C83-9',
    title: 'a chunk that is a number is 500 or a visible cut',
    async run(probe) {
      const answer = await probe.ask({ way: 'number-chunk' })
      check(answer.status === 500 || !answer.complete, `status ${answer.status} with ${text(answer)}`)
    },
  },
  { id: 'C83-10', title: 'no body at all is 500', run: (probe) => failed(probe, { way: 'no-body' }) },
  {
    id: 'C84-1',
    title: 'what fails behind a response is logged, and harms nothing',
    async run(probe) {
      const answer = await probe.ask({ way: 'close-fails', argument: probe.token })
      equal([answer.status, text(answer), answer.complete], [200, 'whole', true], 'response')
      equal((await probe.ask({ way: 'ok' })).status, 200, 'status of the next')
      await probe.logged(`${probe.token}-close`)
    },
  },
  {
    id: 'C84-2',
    title: 'a failure leaves the neighbour whole',
    async run(probe) {
      const [, whole] = await Promise.all([
        probe.ask({ way: 'throw-after-head' }).catch(() => undefined),
        probe.ask({ way: 'start-wait-chunks' }),
      ])
      equal([text(whole), whole.complete], ['firstsecond', true], 'the neighbour')
    },
  },
]

const OFFER = [
  ['Upgrade', 'echo'],
  ['Connection', 'upgrade'],
] as const

export const upgradeRows: readonly Row[] = [
  {
    id: 'C86-1',
    title: 'no tsgi.upgrade without an offer',
    run: async (probe) => equal(await probe.json({ way: 'upgradable' }), false, 'tsgi.upgrade'),
  },
  {
    id: 'C86-2',
    title: 'tsgi.upgrade where a client offers',
    asks: ['wire'],
    needs: ['upgrade'],
    run: async (probe) => equal(await probe.json({ way: 'upgradable', headers: OFFER }), true, 'tsgi.upgrade'),
  },
  {
    id: 'C86-3',
    title: 'an offer that is not taken is ignored',
    asks: ['wire'],
    async run(probe) {
      equal(text(await probe.ask({ way: 'ignore101', headers: OFFER })), 'ignored', 'body')
    },
  },
  ...(
    [
      ['C87-1', 'what is sent comes back', 'echo101', '', 'ping', 'ping'],
      ['C87-2', 'bytes behind the request belong to the new protocol', 'echo101', 'early', '', 'early'],
      ['C87-3', 'the connection ends with the body', 'bye101', '', '', 'bye'],
      ['C87-4', 'the application may answer after the client has ended its side', 'end101', '', '\0', 'end'],
    ] as const
  ).map(
    ([id, title, way, behind, later, expected]): Row => ({
      id,
      title,
      asks: ['wire'],
      needs: id === 'C87-4' ? ['upgrade', 'half-close'] : ['upgrade'],
      async run(probe) {
        const connection = probe
          .connect()
          .send(probe.bytes({ way, headers: OFFER }))
          .send(behind)
        const answer = await connection.response()
        equal(
          [answer.status, field(answer, 'Upgrade'), field(answer, 'Connection')?.toLowerCase()],
          [101, 'echo', 'upgrade'],
          'head',
        )
        if (later === '\0') connection.end()
        else connection.send(later)
        await connection.until((received) => received.toString('latin1').startsWith(expected))
        if (way !== 'echo101') equal(await connection.closed(), 'fin', 'end')
      },
    }),
  ),
]

export const limitRows: readonly Row[] = [
  {
    id: 'C95-1',
    title: 'tsgi.rate_limit, where there is one, allows the limit and not one request more',
    async run(probe) {
      const result = await probe.json({ way: 'limit', argument: crypto.randomUUID() })
      if (result !== 'absent') equal(result, { allowed: 3, remaining: 0, hasTimes: true }, 'of five requests')
    },
  },
  {
    id: 'C95-2',
    title: 'tsgi.rate_limit, where there is one, counts all requests of a key together',
    async run(probe) {
      const argument = crypto.randomUUID() // a key that no other run has counted under
      const results = await Promise.all([1, 2, 3, 4].map(() => probe.json({ way: 'limit', argument })))
      if (results.every((result) => result === 'absent')) return
      const allowed = results.map((result) => Number(Object(result).allowed))
      equal(
        allowed.reduce((one, other) => one + other, 0),
        3,
        `allowed in four responses (${allowed})`,
      )
    },
  },
]

export const websocketRows: readonly Row[] = [
  {
    id: 'C96-1',
    title: 'no tsgi.websocket without a handshake',
    run: async (probe) => equal(await probe.json({ way: 'websocketable' }), false, 'tsgi.websocket'),
  },
]

export const connectionRows: readonly Row[] = [
  {
    id: 'K-1',
    title: 'pipelined requests are answered in order',
    asks: ['wire'],
    needs: ['keep-alive'],
    async run(probe) {
      const connection = probe
        .connect()
        .send(probe.bytes({ way: 'ok', argument: 'one' }))
        .send(probe.bytes({ way: 'ok', argument: 'two' }))
      equal([text(await connection.response()), text(await connection.response())], ['one', 'two'], 'bodies')
    },
  },
  {
    id: 'K-2',
    title: 'Connection: close ends the connection',
    asks: ['wire'],
    async run(probe) {
      const connection = probe.connect().send(probe.bytes({ way: 'ok', headers: [['Connection', 'close']] }))
      equal((await connection.response()).status, 200, 'status')
      equal(await connection.closed(), 'fin', 'end')
    },
  },
  {
    id: 'K-3',
    title: 'twenty requests on one connection',
    asks: ['wire'],
    needs: ['keep-alive'],
    async run(probe) {
      const connection = probe.connect()
      for (let i = 0; i < 20; i++)
        equal(text(await connection.send(probe.bytes({ way: 'ok', argument: `n${i}` })).response()), `n${i}`, 'body')
    },
  },
  {
    id: 'K-4',
    title: 'nothing follows the head of HEAD',
    asks: ['wire'],
    needs: ['keep-alive'],
    async run(probe) {
      const connection = probe
        .connect()
        .send(probe.bytes({ way: 'ok', method: 'HEAD' }))
        .send(probe.bytes({ way: 'ok' }))
      equal([(await connection.response('HEAD')).status, text(await connection.response())], [200, 'x'], 'both')
    },
  },
  {
    id: 'K-5',
    title: 'a request in pieces of one byte',
    asks: ['wire'],
    async run(probe) {
      const connection = probe.connect()
      for (const byte of probe.bytes({ way: 'reads', argument: '-', method: 'POST', chunks: ['ab', 'c'] })) {
        connection.send(Uint8Array.of(byte))
        await new Promise((resolve) => setImmediate(resolve))
      }
      equal(JSON.parse(text(await connection.response())), ['abc'], 'reads')
    },
  },
  {
    id: 'K-6',
    title: 'Content-Length beside Transfer-Encoding is refused, or chunks win and the connection ends',
    asks: ['wire'],
    async run(probe) {
      const connection = probe.connect().send(
        probe.head('POST / HTTP/1.1', ['Content-Length: 3', 'Transfer-Encoding: chunked'], {
          way: 'reads',
          argument: '-',
        }),
      )
      const answer = await connection.send('5\r\nhello\r\n0\r\n\r\n').response()
      if (answer.status !== 200) oneOf(answer.status, [400, 501], 'status')
      else {
        equal(JSON.parse(text(answer)), ['hello'], 'reads')
        await connection.closed()
      }
    },
  },
  ...(
    [
      ['K-7a', 'no Host is refused', 'GET / HTTP/1.1\r\n\r\n'],
      ['K-7b', 'two Hosts are refused', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ] as const
  ).map(
    ([id, title, bytes]): Row => ({
      id,
      title,
      asks: ['wire'],
      run: async (probe) => equal((await probe.connect().send(bytes).response()).status, 400, 'status'),
    }),
  ),
  {
    id: 'K-8',
    title: 'a hundred responses of 1 MiB at once, each its own',
    async run(probe) {
      const all = Array.from({ length: 100 }, (_, i) => `<${i}>`)
      const answers = await Promise.all(all.map((argument) => probe.ask({ way: 'megabyte', argument })))
      for (const [i, answer] of answers.entries()) {
        const own = all[i] ?? ''
        check(text(answer) === own.repeat(Math.ceil(2 ** 20 / own.length)), `response ${i} is not its own`)
      }
    },
  },
]
