/** startResponse and the headers of a response (sections F and G). */
import { field, fields, text } from '../client/message.ts'
import { check, equal, oneOf } from '../expectation.ts'
import type { Probe } from '../probe.ts'
import type { Row } from '../row.ts'
import { BAD_HEADS } from '../ways/heads.ts'

/** 500, in plain text, and nothing of the application's head. */
export async function failed(probe: Probe, question: Parameters<Probe['ask']>[0], status = 500): Promise<void> {
  const answer = await probe.ask(question)
  equal(answer.status, status, 'status')
  const all = `${answer.headers.join('\n')}\n${text(answer)}`
  check(!/secret|X-Injected/i.test(all), `the application shows through: ${all}`)
}

const DATE =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/

export const startResponseRows: readonly Row[] = [
  {
    id: 'C48-1',
    title: 'a generator may call startResponse before its first chunk',
    async run(probe) {
      const answer = await probe.ask({ way: 'late-start' })
      equal([answer.status, text(answer)], [202, 'started late'], 'response')
    },
  },
  {
    id: 'C48-2',
    title: 'an empty chunk may come before startResponse',
    async run(probe) {
      const answer = await probe.ask({ way: 'empty-first' })
      equal([answer.status, text(answer)], [200, 'x'], 'response')
    },
  },
  {
    id: 'C48-3',
    title: 'a body without startResponse is 500, and nothing of it is sent',
    async run(probe) {
      const answer = await probe.ask({ way: 'never-starts' })
      equal(answer.status, 500, 'status')
      check(!text(answer).includes('body'), 'the body was sent')
    },
  },
  {
    id: 'C50-1',
    title: 'a second call without an error throws, and the first head goes',
    async run(probe) {
      const answer = await probe.ask({ way: 'twice' })
      equal([answer.status, field(answer, 'X-Head')], [200, 'first'], 'status, X-Head')
      check(text(answer) !== '', 'it did not throw')
    },
  },
  ...Object.keys(BAD_HEADS).map(
    (name, i): Row => ({
      id: `C50-3${String.fromCharCode(97 + i)}`,
      title: `startResponse throws on ${name}`,
      run: async (probe) => equal(await probe.json({ way: 'bad-head', argument: name }), { threw: true }, 'outcome'),
    }),
  ),
  {
    id: 'C51-1',
    title: 'called again with an error, it replaces the head',
    async run(probe) {
      const answer = await probe.ask({ way: 'restart' })
      equal([answer.status, field(answer, 'X-First'), text(answer)], [503, undefined, 'second'], 'response')
    },
  },
  {
    id: 'C51-2',
    title: 'called with an error after the head, it throws that error and cuts',
    asks: ['notes'],
    needs: ['visible-cut', 'streaming-out'],
    async run(probe) {
      const answer = await probe.ask({ way: 'restart-late' })
      equal([answer.status, answer.complete], [200, false], 'status, complete')
      equal((await probe.seen()).said.sameError, true, 'the same error')
    },
  },
  {
    id: 'C53-1',
    title: 'startResponse sends nothing: a failure after it is 500',
    run: (probe) => failed(probe, { way: 'start-wait-throw' }),
  },
  {
    id: 'C53-2',
    title: 'the head goes with the first chunk, before the second',
    asks: ['wire'],
    needs: ['streaming-out'],
    async run(probe) {
      const connection = probe.connect().send(probe.bytes({ way: 'start-wait-chunks' }))
      await connection.until((received) => received.includes('first'))
      check(!connection.received.includes('second'), 'both chunks came together')
      equal(text(await connection.response()), 'firstsecond', 'body')
    },
  },
  {
    id: 'C54-1',
    title: 'write() gives a promise, and goes before the body',
    async run(probe) {
      equal(text(await probe.ask({ way: 'write' })), 'written and returned', 'body')
      if (probe.target.oneProcess !== false) equal((await probe.seen()).said.isPromise, true, 'a promise')
    },
  },
  {
    id: 'C55-1',
    title: 'a reason phrase goes byte by byte',
    needs: ['reason'],
    run: async (probe) =>
      equal(
        (await probe.ask({ way: 'status', argument: '299 Perfectly f\\xefne' })).reason,
        'Perfectly f\xefne',
        'reason',
      ),
  },
  {
    id: 'C55-2',
    title: 'a reason phrase may be empty',
    needs: ['reason'],
    async run(probe) {
      const { status, reason } = await probe.ask({ way: 'status', argument: '200 _' })
      equal([status, reason], [200, ''], 'status, reason')
    },
  },
  {
    id: 'C55-3',
    title: 'every status from 200 to 599 goes as given',
    async run(probe) {
      for (const status of [200, 201, 226, 299, 300, 399, 400, 418, 451, 499, 500, 599]) {
        equal((await probe.ask({ way: 'status', argument: `${status} Any` })).status, status, 'status')
      }
    },
  },
]

/** A head that no server may send: 500, and nothing of it on the wire. */
function uncaught(id: string, name: string): Row {
  return {
    id,
    title: `${name}: 500, and nothing of it is sent`,
    run: (probe) => failed(probe, { way: 'bad-head-uncaught', argument: name }),
  }
}

/** One header that is not allowed: 500. */
function forbidden(id: string, headers: readonly string[]): Row {
  return {
    id,
    title: `500 for ${headers.join(' and ')}`,
    async run(probe) {
      for (const argument of headers) equal((await probe.ask({ way: 'header', argument })).status, 500, argument)
    },
  }
}

export const responseHeaderRows: readonly Row[] = [
  uncaught('C56-1', 'an interim status'),
  uncaught('C58-1', 'a space in a name'),
  uncaught('C59-1', 'a line end in a value'),
  uncaught('C59-1b', 'a bare LF in a value'),
  uncaught('C59-2', 'NUL in a value'),
  uncaught('C59-3', 'a character beyond latin-1'),
  uncaught('C59-6', 'a line end in the status'),
  {
    id: 'C59-4',
    title: 'an empty value is sent',
    run: async (probe) => equal(field(await probe.ask({ way: 'headers' }), 'X-Empty'), '', 'X-Empty'),
  },
  {
    id: 'C59-5',
    title: 'a value goes as latin-1',
    needs: ['latin-1'],
    run: async (probe) => equal(field(await probe.ask({ way: 'latin' }), 'X-Latin'), 'caf\xe9', 'X-Latin'),
  },
  forbidden('C60-1', [
    'Connection=close',
    'keep-alive=timeout=5',
    'Proxy-Connection=close',
    'TRANSFER-ENCODING=chunked',
    'TE=trailers',
    'Trailer=X',
    'upgrade=h2c',
  ]),
  uncaught('C61-1', 'two lengths'),
  forbidden('C61-2', [
    'Content-Length=1x',
    'Content-Length=+1',
    'Content-Length=-1',
    'Content-Length=1, 1',
    'Content-Length=',
  ]),
  {
    id: 'C61-3',
    title: 'two types are never sent',
    run: async (probe) => equal((await probe.ask({ way: 'two-types' })).status, 500, 'status'),
  },
  forbidden('C62-1', ['Status=404']),
  {
    id: 'C63-1',
    title: '204 has no length, no type and no body',
    async run(probe) {
      const answer = await probe.ask({ way: '204' })
      equal(
        [answer.status, field(answer, 'Content-Length'), field(answer, 'Content-Type'), answer.body.length],
        [204, undefined, undefined, 0],
        'response',
      )
    },
  },
  {
    id: 'C63-2',
    title: '304 keeps its ETag and has no body',
    async run(probe) {
      const answer = await probe.ask({ way: '304' })
      equal(
        [answer.status, field(answer, 'ETag'), field(answer, 'Content-Length')],
        [304, '"x"', undefined],
        'response',
      )
    },
  },
  {
    id: 'C65-1',
    title: 'exactly one Date, of now',
    async run(probe) {
      const dates = fields(await probe.ask({ way: 'ok' }), 'Date')
      equal(dates.length, 1, 'Date fields')
      const [date = ''] = dates
      check(DATE.test(date) && Math.abs(Date.parse(date) - Date.now()) < 5000, `Date is ${date}`)
    },
  },
  {
    id: 'C65-2',
    title: "the server's Date stands in the place of the application's",
    async run(probe) {
      const dates = fields(await probe.ask({ way: 'headers' }), 'Date')
      check(dates.length === 1 && DATE.test(dates[0] ?? ''), `Date is ${dates.join(' and ')}`)
    },
  },
  {
    id: 'C65-3',
    title: 'Content-Length counts bytes, not characters',
    async run(probe) {
      const answer = await probe.ask({ way: 'string' })
      equal([field(answer, 'Content-Length'), field(answer, 'Transfer-Encoding')], ['10', undefined], 'framing')
    },
  },
  {
    id: 'C65-4',
    title: 'Content-Length of a list is known',
    needs: ['known-length'],
    async run(probe) {
      const answer = await probe.ask({ way: 'list' })
      equal([text(answer), field(answer, 'Content-Length')], ['abç', '4'], 'body, length')
    },
  },
  {
    id: 'C65-5',
    title: 'a body of unknown length has no length, or a true one',
    async run(probe) {
      const answer = await probe.ask({ way: 'async-generator' })
      equal([text(answer), answer.complete], ['ab', true], 'body, complete')
      oneOf(field(answer, 'Content-Length'), [undefined, '2'], 'Content-Length')
    },
  },
  {
    id: 'C65-6',
    title: 'no Server header unless configured',
    needs: [],
    run: async (probe) => equal(field(await probe.ask({ way: 'ok' }), 'Server'), undefined, 'Server'),
  },
  {
    id: 'C66-1',
    title: 'a repeated header goes twice, in order',
    async run(probe) {
      oneOf(fields(await probe.ask({ way: 'headers' }), 'X-Twice').join(', '), ['a, b'], 'X-Twice')
    },
  },
  {
    id: 'C66-2',
    title: 'Set-Cookie fields are never joined',
    async run(probe) {
      equal(
        fields(await probe.ask({ way: 'headers' }), 'Set-Cookie'),
        ['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2037 07:28:00 GMT'],
        'Set-Cookie',
      )
    },
  },
  {
    id: 'C66-3',
    title: 'a head of 200 headers and 30 KB',
    needs: ['large-head'],
    async run(probe) {
      const { headers } = await probe.ask({ way: 'large-head' })
      equal(headers.filter(([name]) => name.toLowerCase().startsWith('x-large-')).length, 200, 'headers')
    },
  },
]
