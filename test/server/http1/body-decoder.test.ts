import { describe, expect, it } from 'vitest'
import { bodyDecoder } from '../../../packages/server/src/http1/body-decoder.ts'
import type { BodyFraming } from '../../../packages/server/src/http1/body-framing.ts'
import { HttpError } from '../../../packages/server/src/http1/errors.ts'
import { DEFAULT_LIMITS, type Limits } from '../../../packages/server/src/http1/limits.ts'

const CHUNKED: BodyFraming = { kind: 'chunked' }

interface Decoded {
  readonly content: string
  /** Octets taken, when complete. */
  readonly taken: number | undefined
  readonly status?: number
}

function decode(framing: BodyFraming, pieces: readonly string[], limits: Limits = DEFAULT_LIMITS): Decoded {
  const decoder = bodyDecoder(framing, limits)
  let [content, taken] = ['', 0]
  try {
    for (const piece of pieces) {
      const octets = Buffer.from(piece, 'latin1')
      taken += decoder.decode(octets, 0, (span) => {
        content += Buffer.from(span).toString('latin1')
      })
      if (decoder.complete) return { content, taken }
    }
    return { content, taken: undefined }
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    return { content, taken: undefined, status: error.status }
  }
}

describe('a body of known length (RFC 9112 §6.2)', () => {
  it('ends where Content-Length says, whatever follows', () => {
    expect(decode({ kind: 'length', length: 3 }, ['abcGET'])).toEqual({ content: 'abc', taken: 3 })
    expect(decode({ kind: 'length', length: 3 }, ['a', 'b', 'cG'])).toEqual({ content: 'abc', taken: 3 })
  })

  it('of none is complete before the first octet', () => {
    expect(bodyDecoder({ kind: 'length', length: 0 }, DEFAULT_LIMITS).complete).toBe(true)
    expect(bodyDecoder({ kind: 'none' }, DEFAULT_LIMITS).complete).toBe(true)
  })

  it('hands out spans of what it was given, and copies nothing', () => {
    const octets = Buffer.from('xxabc')
    const spans: Uint8Array[] = []
    bodyDecoder({ kind: 'length', length: 3 }, DEFAULT_LIMITS).decode(octets, 2, (span) => spans.push(span))
    expect(spans[0]?.buffer).toBe(octets.buffer)
    expect(Buffer.from(spans[0] ?? []).toString()).toBe('abc')
  })
})

const valid: [name: string, body: string, content: string][] = [
  ['chunks', '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n', 'abcde'],
  ['no chunk', '0\r\n\r\n', ''],
  ['sizes in both cases', 'a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n', '01234567890123456789'],
  ['leading zeros', '0000000000000003\r\nabc\r\n0000\r\n\r\n', 'abc'],
  ['data that looks like framing', '5\r\n0\r\n\r\n\r\n0\r\n\r\n', '0\r\n\r\n'],
  ['an extension (§7.1.1)', '3;a\r\nabc\r\n0;b=c\r\n\r\n', 'abc'],
  ['a quoted extension', '3;a="b;\\"\\\\\t\xe9"\r\nabc\r\n0\r\n\r\n', 'abc'],
  ['extensions with BWS', '3 ;\ta = b\t; c\r\nabc\r\n0\r\n\r\n', 'abc'],
  ['trailers (§7.1.2)', '3\r\nabc\r\n0\r\nA: b\r\nContent-Length: 9\r\n\r\n', 'abc'],
]

const broken: [name: string, body: string, status: number][] = [
  ['an empty size', '\r\n', 400],
  ['a sign', '+3\r\n', 400],
  ['0x', '0x3\r\n', 400],
  ['an underscore', '1_0\r\n', 400],
  ['a blank before the size', ' 3\r\n', 400],
  ['a blank after the size without an extension', '3 \r\n', 400],
  ['a size of 17 digits', `${'0'.repeat(17)}`, 400],
  ['a size beyond the limit', '500000000', 413],
  ['a size beyond 64 bits', 'ffffffffffffffff', 413],
  ['LF for CRLF after the size', '3\nabc', 400],
  ['CR alone after the size', '3\rabc', 400],
  ['LF for CRLF after the data', '3\r\nabc\n', 400],
  ['data that is too long', '3\r\nabcd', 400],
  ['an extension without name', '3;\r\n', 400],
  ['an extension with a bare CR', '3;a\rb', 400],
  ['an extension with LF in quotes', '3;a="\n', 400],
  ['an extension with NUL', '3;\0', 400],
  ['text after a quoted value', '3;a="b"c', 400],
  ['a trailer with a space before its colon', '0\r\nA : b\r\n', 400],
  ['a trailer that is folded', '0\r\nA: b\r\n c\r\n', 400],
  ['LF for the last CRLF', '0\r\n\n', 400],
]

describe('a chunked body (RFC 9112 §7.1)', () => {
  it.each(valid)('takes %s, cut anywhere, and nothing beyond', (_name, body, content) => {
    expect(decode(CHUNKED, [`${body}GET`])).toEqual({ content, taken: body.length })
    expect(decode(CHUNKED, [...body])).toEqual({ content, taken: body.length })
    for (let at = 1; at < body.length; at++) {
      expect(decode(CHUNKED, [body.slice(0, at), `${body.slice(at)}GET`]), `cut at ${at}`).toEqual({
        content,
        taken: body.length,
      })
    }
  })

  it.each(broken)('refuses %s, cut anywhere', (_name, body, status) => {
    const whole = decode(CHUNKED, [body])
    expect(whole.status).toBe(status)
    expect(decode(CHUNKED, [...body])).toEqual(whole)
  })

  it.each([
    ['3\r\nab', 'ab'],
    ['3\r\nabc\r\n0\r\n', 'abc'],
    ['3\r\nabc', 'abc'],
    ['3;a="', ''],
  ])('waits within %j', (body, content) => expect(decode(CHUNKED, [body])).toEqual({ content, taken: undefined }))
})

describe('limits of a chunked body', () => {
  const limits: Limits = { ...DEFAULT_LIMITS, body: 10, chunkExtension: 8, fields: 20, fieldCount: 2 }

  it.each([
    ['content at the limit', '5\r\n12345\r\n5\r\n12345\r\n0\r\n\r\n', undefined],
    ['content beyond it is 413, before it arrives', '5\r\n12345\r\n6', 413],
    ['an extension at the limit', '1;2345678\r\na\r\n0\r\n\r\n', undefined],
    ['an extension beyond it is 413', '1;23456789', 413],
    ['extensions beyond it together are 413', '1;2345\r\na\r\n1;234', 413],
    ['a trailer section beyond it is 431', `0\r\nA: ${'b'.repeat(20)}`, 431],
    ['trailers beyond the count are 431', '0\r\nA:\r\nB:\r\nC', 431],
  ])('%s', (_name, body, status) => expect(decode(CHUNKED, [body], limits).status).toBe(status))

  it('lets the extensions of a long body grow with it', () => {
    const chunk = `${(1000).toString(16)};s=0123456789\r\n${'a'.repeat(1000)}\r\n`
    const wide = { ...limits, body: 1e6, chunkExtension: 20 }
    expect(decode(CHUNKED, [`${chunk.repeat(100)}0\r\n\r\n`], wide)).toMatchObject({ content: 'a'.repeat(100_000) })
  })
})
