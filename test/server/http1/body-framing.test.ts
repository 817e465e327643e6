import { describe, expect, it } from 'vitest'
import { bodyFraming } from '../../../packages/server/src/http1/body-framing.ts'
import { DEFAULT_LIMITS } from '../../../packages/server/src/http1/limits.ts'

const LIMITS = { ...DEFAULT_LIMITS, body: 1000 }

function framing(contentLength: string[], transferEncoding: string[], minor = 1): unknown {
  return bodyFraming({ contentLength, transferEncoding }, minor, LIMITS)
}

describe('the framing of a request body (RFC 9112 §6.3)', () => {
  it('is none without Content-Length and Transfer-Encoding (rule 7)', () => {
    expect(framing([], [])).toEqual({ kind: 'none' })
    expect(framing([], [], 0)).toEqual({ kind: 'none' })
  })

  it.each([
    ['0', 0],
    ['1000', 1000],
    ['0000000000000000000000012', 12],
  ])('is the length that Content-Length says: %s', (value, length) => {
    expect(framing([value], [])).toEqual({ kind: 'length', length })
    expect(framing([value], [], 0)).toEqual({ kind: 'length', length })
  })

  it.each(['chunked', 'Chunked', 'CHUNKED'])('is chunked for %s', (coding) => {
    expect(framing([], [coding])).toEqual({ kind: 'chunked' })
  })

  it.each([
    '',
    ' ',
    '+1',
    '-1',
    '-0',
    '0x1',
    '1_0',
    '1.0',
    '1e1',
    '1 0',
    '1,1',
    '1;',
    'a',
    '\xb9',
    '\u0661',
    '1\xa0',
    'Infinity',
    'NaN',
  ])('refuses Content-Length %j (RFC 9110 §8.6)', (value) =>
    expect(() => framing([value], [])).toThrow(expect.objectContaining({ status: 400 })),
  )

  it.each(['1001', '4294967296', '9007199254740993', '18446744073709551617', '9'.repeat(400)])(
    'refuses Content-Length %s as too large, without losing a digit',
    (value) => expect(() => framing([value], [])).toThrow(expect.objectContaining({ status: 413 })),
  )

  const refused: [name: string, contentLength: string[], transferEncoding: string[], minor: number, status: number][] =
    [
      ['Content-Length twice (rule 5)', ['1', '2'], [], 1, 400],
      ['Content-Length twice, even if equal', ['1', '1'], [], 1, 400],
      ['both (rule 3)', ['1'], ['chunked'], 1, 400],
      ['both, even if the length is nonsense', ['x'], ['chunked'], 1, 400],
      ['both, even if the coding is nonsense', ['1'], ['identity'], 1, 400],
      ['Transfer-Encoding in HTTP/1.0 (§6.1)', [], ['chunked'], 0, 400],
      ['Transfer-Encoding twice', [], ['chunked', 'chunked'], 1, 400],
      ['Transfer-Encoding twice, one unknown', [], ['gzip', 'chunked'], 1, 400],
      ['a final coding that is not chunked (rule 4)', [], ['gzip'], 1, 400],
      ['identity', [], ['identity'], 1, 400],
      ['chunked before another', [], ['chunked, gzip'], 1, 400],
      ['chunked twice (§6.1)', [], ['chunked, chunked'], 1, 400],
      ['an unknown coding before chunked (§6.1)', [], ['gzip, chunked'], 1, 501],
      ['an empty value', [], [''], 1, 400],
      ['an empty member', [], ['chunked,'], 1, 400],
      ['a parameter', [], ['chunked;q=1'], 1, 400],
      ['quotes', [], ['"chunked"'], 1, 400],
      ['a Kelvin sign for k', [], ['chun\u212aed'], 1, 400],
      ['a vertical tab', [], ['\x0bchunked'], 1, 400],
    ]
  it.each(refused)('refuses %s', (_name, contentLength, transferEncoding, minor, status) => {
    expect(() => framing(contentLength, transferEncoding, minor)).toThrow(expect.objectContaining({ status }))
  })
})
