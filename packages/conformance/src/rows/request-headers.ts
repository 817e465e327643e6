/** Headers and values of the gateway in the environ (sections C and D). */
import { field, fields, text } from '../client/message.ts'
import { check, equal, oneOf } from '../expectation.ts'
import type { Row } from '../row.ts'

/** Header lines as bytes; the environ has these values, or lacks them. */
function fromLines(lines: readonly string[], expected: Readonly<Record<string, string | undefined>>): Row['run'] {
  return async (probe) => {
    const answer = await probe.connect().send(probe.head('GET / HTTP/1.1', lines)).response()
    check(answer.status === 200, `status ${answer.status}`)
    const given = JSON.parse(text(answer))
    for (const [key, value] of Object.entries(expected)) equal(given[key], value, key)
  }
}

export const requestHeaderRows: readonly Row[] = [
  {
    id: 'C9-1',
    title: 'names of CGI variables are upper case, values are strings',
    async run(probe) {
      const headers = [
        ['X-One', '1'],
        ['accept', '*/*'],
        ['User-Agent', 'a'],
        ['x-two-three', 'b'],
        ['If-None-Match', '"x"'],
      ] as const
      equal(await probe.json({ way: 'odd', headers }), [], 'odd keys')
    },
  },
  {
    id: 'C18-1',
    title: 'CONTENT_LENGTH is what was sent',
    run: async (probe) =>
      equal((await probe.environ({ method: 'POST', body: 'abc' })).CONTENT_LENGTH, '3', 'CONTENT_LENGTH'),
  },
  {
    id: 'C18-2',
    title: 'a chunked body has no CONTENT_LENGTH, or its true one',
    async run(probe) {
      oneOf(
        (await probe.environ({ method: 'POST', chunks: ['ab', 'c'] })).CONTENT_LENGTH,
        [undefined, '3'],
        'CONTENT_LENGTH',
      )
    },
  },
  {
    id: 'C18-3',
    title: 'what was not sent is absent, never empty',
    async run(probe) {
      const { CONTENT_LENGTH, CONTENT_TYPE } = await probe.environ()
      equal([CONTENT_LENGTH, CONTENT_TYPE], [undefined, undefined], 'CONTENT_LENGTH, CONTENT_TYPE')
    },
  },
  {
    id: 'C19-1',
    title: 'CONTENT_TYPE and CONTENT_LENGTH have no twins',
    async run(probe) {
      const given = await probe.environ({ method: 'POST', body: 'abc', headers: [['Content-Type', 'text/plain']] })
      equal(
        [given.CONTENT_TYPE, given.HTTP_CONTENT_TYPE, given.HTTP_CONTENT_LENGTH],
        ['text/plain', undefined, undefined],
        'type and twins',
      )
    },
  },
  {
    id: 'C20-1',
    title: 'Proxy is dropped',
    run: async (probe) =>
      equal((await probe.environ({ headers: [['Proxy', 'http://evil/']] })).HTTP_PROXY, undefined, 'HTTP_PROXY'),
  },
  {
    id: 'C21-1',
    title: 'a value is latin-1 text',
    asks: ['wire'],
    needs: ['latin-1'],
    run: fromLines(['X-Latin: caf\xe9'], { HTTP_X_LATIN: 'caf\xe9' }),
  },
  {
    id: 'C21-2',
    title: 'blanks around a value are not part of it',
    asks: ['wire'],
    run: fromLines(['X-Blank: \ta b\t '], { HTTP_X_BLANK: 'a b' }),
  },
  { id: 'C21-3', title: 'an empty value is empty', asks: ['wire'], run: fromLines(['X-Empty:'], { HTTP_X_EMPTY: '' }) },
  {
    id: 'C21-4',
    title: 'NUL in a value is refused',
    asks: ['wire', 'notes'],
    async run(probe) {
      equal(
        (
          await probe
            .connect()
            .send(probe.head('GET / HTTP/1.1', ['X-Nul: a\0b']))
            .response()
        ).status,
        400,
        'status',
      )
      equal((await probe.seen()).calls, 0, 'calls of the application')
    },
  },
  {
    id: 'C21-5',
    title: 'a folded line is refused, or the fold is a space',
    asks: ['wire'],
    async run(probe) {
      const answer = await probe
        .connect()
        .send(probe.head('GET / HTTP/1.1', ['X-Fold: a\r\n b']))
        .response()
      if (answer.status !== 400) check(/^a +b$/.test(JSON.parse(text(answer)).HTTP_X_FOLD), 'the fold is in the value')
    },
  },
  {
    id: 'C22-1',
    title: 'repeated headers are joined in order',
    asks: ['wire'],
    run: fromLines(['X-Y: a', 'x-y: b'], { HTTP_X_Y: 'a, b' }),
  },
  {
    id: 'C22-2',
    title: 'cookies are joined with "; "',
    asks: ['wire'],
    needs: ['repeated-cookie'],
    run: fromLines(['Cookie: a=1', 'Cookie: b=2'], { HTTP_COOKIE: 'a=1; b=2' }),
  },
  {
    id: 'C22-3',
    title: 'a name with _ is dropped',
    asks: ['wire'],
    needs: ['underscore-drop'],
    run: fromLines(['X_Under: u'], { HTTP_X_UNDER: undefined }),
  },
  {
    id: 'C22-4',
    title: 'a name with _ does not collide with -',
    asks: ['wire'],
    needs: ['underscore-drop'],
    run: fromLines(['X-Under: v', 'X_Under: u'], { HTTP_X_UNDER: 'v' }),
  },
  {
    id: 'C22-5',
    title: 'cookie crumbs of HTTP/2 are joined with "; "',
    asks: ['h2'],
    async run(probe) {
      const headers = [
        ['cookie', 'a=1'],
        ['cookie', 'b=2'],
      ] as const
      equal((await probe.environ({ headers })).HTTP_COOKIE, 'a=1; b=2', 'HTTP_COOKIE')
    },
  },
  {
    id: 'C23-1',
    title: 'no header is made up but Host',
    async run(probe) {
      const known = new Set(['HTTP_HOST', 'HTTP_X_CONFORMANCE_TOKEN', ...(probe.target.adds ?? [])])
      const extra = Object.keys(await probe.environ()).filter((key) => key.startsWith('HTTP_') && !known.has(key))
      equal(extra, [], 'made-up headers')
    },
  },
  {
    id: 'C23-2',
    title: 'HTTP_HOST is the authority of HTTP/2',
    asks: ['h2'],
    async run(probe) {
      const given = await probe.environ({ host: 'authority.test:81' })
      equal(given.HTTP_HOST, 'authority.test:81', 'HTTP_HOST')
      equal(
        Object.keys(given).filter((key) => key.includes(':')),
        [],
        'pseudo headers',
      )
    },
  },
]

export const valueRows: readonly Row[] = [
  {
    id: 'C27-1',
    title: 'the versions are [1, 0], and C29: three booleans',
    async run(probe) {
      equal(
        await probe.json({ way: 'values' }),
        {
          versions: [
            [1, 0],
            [1, 0],
          ],
          booleans: ['boolean', 'boolean', 'boolean'],
          runOnce: probe.target.runOnce === true,
        },
        'values',
      )
    },
  },
  {
    id: 'C30-1',
    title: 'tsgi.signal is one AbortSignal, kept by a copy',
    run: async (probe) =>
      equal(
        await probe.json({ way: 'signal' }),
        { isSignal: true, aborted: false, isStable: true, isCopied: true },
        'tsgi.signal',
      ),
  },
  {
    id: 'C31-1',
    title: 'the signal aborts when the client leaves; the body is closed once',
    asks: ['notes', 'long-running'],
    needs: ['abort', 'streaming-out'],
    async run(probe) {
      await probe.leave({ way: 'endless', argument: '10,50' }, (received) => received.includes('xxxxxxxxxx'))
      const seen = await probe.seenUntil(
        ({ aborted, closes, returns }) => aborted && closes > 0 && returns > 0,
        'after the client left',
      )
      equal(
        [seen.reason, seen.closes, seen.returns, seen.said.pulledAfterEnd ?? false],
        ['Error', 1, 1, false],
        'reason, closes, returns, pulled on',
      )
    },
  },
  {
    id: 'C31-2',
    title: 'the signal aborts when the client leaves before the head',
    asks: ['wire', 'notes', 'long-running'],
    needs: ['abort-before-head'],
    async run(probe) {
      const connection = probe.connect()
      connection.send(probe.bytes({ way: 'wait-before-head' }))
      await probe.seenUntil(({ calls }) => calls > 0, 'before the client leaves')
      connection.destroy()
      await probe.seenUntil(({ aborted }) => aborted, 'after the client left')
    },
  },
  {
    id: 'C31-3',
    title: 'the signal does not abort for a response that was read whole',
    asks: ['wire', 'notes'],
    needs: ['keep-alive'],
    async run(probe) {
      const connection = probe.connect()
      for (let i = 0; i < 2; i++) await connection.send(probe.bytes({ way: 'ok' })).response()
      equal((await probe.seen()).aborted, false, 'aborted')
    },
  },
  {
    id: 'C32-1',
    title: 'early hints come before the response, or not at all',
    needs: ['interim'],
    async run(probe) {
      const answer = await probe.ask({ way: 'hints' })
      equal([answer.status, text(answer)], [200, 'hinted'], 'response')
      const links = answer.interim.map(({ status, headers }) => [status, field({ headers }, 'Link')])
      oneOf(links, [[], [[103, '</a.css>; rel=preload']]], 'interim responses')
    },
  },
  {
    id: 'C32-2',
    title: 'HTTP/1.0 gets no early hints',
    asks: ['wire'],
    needs: ['http-1.0'],
    async run(probe) {
      const answer = await probe.ask({ way: 'hints', protocol: 'HTTP/1.0' })
      equal([answer.status, answer.interim.length], [200, 0], 'status, interim responses')
    },
  },
  {
    id: 'C32-3',
    title: 'early hints after the head send nothing',
    async run(probe) {
      const answer = await probe.ask({ way: 'hints-late' })
      equal([answer.status, text(answer), answer.complete, answer.interim.length], [200, 'ab', true, 0], 'response')
    },
  },
  {
    id: 'C32-4',
    title: 'early hints refuse a hop-by-hop header',
    async run(probe) {
      const answer = await probe.ask({ way: 'hints-bad' })
      const { has, thrown } = JSON.parse(text(answer))
      check(!has || thrown !== '', 'it did not throw')
    },
  },
  {
    id: 'C33-1',
    title: 'a task runs once, after the response',
    asks: ['notes', 'long-running'],
    async run(probe) {
      equal(text(await probe.ask({ way: 'after' })), 'afterwards', 'body')
      const seen = await probe.seenUntil(({ tasks, said }) => said.has !== true || tasks > 0, 'after the response')
      oneOf(seen.tasks, [seen.said.has === true ? 1 : 0], 'runs of the task')
    },
  },
  {
    id: 'C33-2',
    title: 'a task that throws harms nothing, and is logged',
    async run(probe) {
      equal((await probe.ask({ way: 'after-throws', argument: probe.token })).status, 200, 'status')
      equal((await probe.ask({ way: 'ok' })).status, 200, 'status of the next')
      await probe.logged(`task ${probe.token}`)
    },
  },
  {
    id: 'C33-3',
    title: 'a task runs once when the client has left',
    asks: ['notes', 'long-running'],
    needs: ['abort', 'streaming-out'],
    async run(probe) {
      await probe.leave({ way: 'after-endless' }, (received) => received.includes('xxxxxxxxxx'))
      const seen = await probe.seenUntil(
        ({ closes, tasks, said }) => closes > 0 && (said.has !== true || tasks > 0),
        'after the client left',
      )
      equal([seen.closes, seen.tasks], [1, seen.said.has === true ? 1 : 0], 'closes, tasks')
    },
  },
  {
    id: 'C45-1',
    title: 'wsgi.errors goes to the log, never to the client',
    async run(probe) {
      const answer = await probe.ask({ way: 'log', argument: probe.token })
      equal([answer.status, text(answer)], [200, 'logged'], 'response')
      check(!fields(answer, 'X-Conformance-Token').includes(probe.token), 'the log is in the head')
      await probe.logged(`${probe.token}-a`, `${probe.token}-b`)
    },
  },
]
