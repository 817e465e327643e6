/**
 * The reader of what Node wrote: by the clauses of RFC 9112, and however the octets are cut into pieces.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ResponseReader, type WrittenHead } from '../../../../packages/server/src/guests/node/response-reader.ts'

interface Read {
  readonly head: WrittenHead | undefined
  readonly interim: readonly number[]
  readonly body: string
  readonly complete: boolean
}

function read(pieces: ReadonlyArray<string | Uint8Array>, isHead = false): Read {
  const interim: number[] = []
  const chunks: (string | Uint8Array)[] = []
  const reader = new ResponseReader(isHead, ({ code }) => interim.push(code))
  for (const piece of pieces) reader.write(piece, 'latin1', chunks)
  const body = chunks.map((chunk) => Buffer.from(chunk).toString('latin1')).join('')
  return { head: reader.head, interim, body, complete: reader.complete }
}

const HEAD = 'HTTP/1.1 200 OK\r\n'

describe('ResponseReader', () => {
  it.each<[string, string, boolean, Partial<Read>]>([
    ['a length (RFC 9112 §6.2)', `${HEAD}Content-Length: 3\r\n\r\nabc`, false, { body: 'abc', complete: true }],
    ['a length not yet reached', `${HEAD}Content-Length: 3\r\n\r\nab`, false, { body: 'ab', complete: false }],
    ['a length of zero', `${HEAD}content-length: 0\r\n\r\n`, false, { body: '', complete: true }],
    [
      'more than was announced, for the server to see',
      `${HEAD}Content-Length: 1\r\n\r\nab`,
      false,
      { body: 'ab', complete: true },
    ],
    [
      'chunks (RFC 9112 §7.1)',
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
      false,
      { body: 'abc', complete: true },
    ],
    [
      'trailers, dropped (RFC 9112 §7.1.2)',
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n`,
      false,
      { body: 'a', complete: true },
    ],
    ['neither, until the end (RFC 9112 §6.3)', `${HEAD}\r\nabc`, false, { body: 'abc', complete: false }],
    ['HEAD (RFC 9112 §6.3)', `${HEAD}Content-Length: 3\r\n\r\n`, true, { body: '', complete: true }],
    [
      '101, behind which nothing is HTTP (RFC 9110 §15.2.2)',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\n\0\r\n\r\n',
      false,
      { body: '\0\r\n\r\n', complete: false },
    ],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n', false, { body: '', complete: true }],
    [
      '304 with a length',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n',
      false,
      { body: '', complete: true },
    ],
    [
      'interim responses (RFC 9110 §15.2)',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n${HEAD}Content-Length: 0\r\n\r\n`,
      false,
      { interim: [100, 103], complete: true },
    ],
    ['a head that is not whole', `${HEAD}Content-Le`, false, { head: undefined, complete: false }],
  ])('reads %s', (_name, text, isHead, expected) => {
    expect(read([text], isHead)).toMatchObject(expected)
  })

  it('ends a body without a length with its connection', () => {
    const reader = new ResponseReader(false, () => undefined)
    reader.write(`${HEAD}\r\nabc`, 'latin1', [])
    expect([reader.complete, reader.end(), reader.complete]).toEqual([false, true, true])
  })

  it.each([
    ['no status line', 'SSH-2.0\r\n\r\n'],
    ['a header without a name', `${HEAD}: x\r\n\r\n`],
    ['a chunk without a size', `${HEAD}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`],
    ['a head without an end', `${HEAD}X: ${'x'.repeat(1_100_000)}`],
  ])('throws for %s', (_name, text) => {
    expect(() => read([text])).toThrow(Error)
  })

  it('keeps text as text where its framing allows', () => {
    const chunks: (string | Uint8Array)[] = []
    const reader = new ResponseReader(false, () => undefined)
    reader.write(`${HEAD}Content-Length: 6\r\n\r\né日`, 'utf8', chunks)
    reader.write('x', 'utf8', chunks)
    expect(chunks).toEqual(['é日', 'x'])
  })

  it('cuts no header value into lines', () => {
    const reader = new ResponseReader(false, () => undefined)
    reader.write(`${HEAD}X: a\u010d\u010aInjected: yes\r\n\r\n`, 'latin1', [])
    expect(reader.head?.headers).toEqual([['X', 'a\r\nInjected: yes']]) // one value, which startResponse refuses
  })

  it('reads the same however it is cut, as text or octets', () => {
    const message = fc
      .tuple(fc.array(fc.string({ unit: 'binary-ascii', minLength: 1 }), { maxLength: 5 }), fc.boolean())
      .map(([chunks, isChunked]) =>
        isChunked
          ? `${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunks.map((c) => `${c.length.toString(16)}\r\n${c}\r\n`).join('')}0\r\n\r\n`
          : `${HEAD}Content-Length: ${chunks.join('').length}\r\n\r\n${chunks.join('')}`,
      )
    fc.assert(
      fc.property(message, fc.array(fc.tuple(fc.nat(40), fc.boolean()), { maxLength: 20 }), (text, cuts) => {
        const pieces: (string | Uint8Array)[] = []
        let rest = text
        for (const [length, asOctets] of cuts) {
          const piece = rest.slice(0, length)
          pieces.push(asOctets ? Buffer.from(piece, 'latin1') : piece)
          rest = rest.slice(length)
        }
        const whole = read([text])
        expect(whole.complete).toBe(true)
        expect(read([...pieces, rest])).toEqual(whole)
      }),
    )
  })
})
