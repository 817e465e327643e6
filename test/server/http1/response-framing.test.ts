import { describe, expect, it } from 'vitest'
import { chunkPrefix, responseFraming } from '../../../packages/server/src/http1/response.ts'

describe('the framing of a response (RFC 9112 §6.3)', () => {
  it('writes chunk sizes in hexadecimal (§7.1)', () =>
    expect([1, 10, 65_536].map(chunkPrefix)).toEqual(['1\r\n', 'a\r\n', '10000\r\n']))

  it('decides framing by body, length and version, in this order', () => {
    expect(responseFraming({ status: '200 OK', bodyless: true, contentLength: 1 }, 1)).toBe('none')
    expect(responseFraming({ status: '200 OK', bodyless: false, contentLength: 1 }, 0)).toBe('length')
    expect(responseFraming({ status: '200 OK', bodyless: false, contentLength: undefined }, 1)).toBe('chunked')
    expect(responseFraming({ status: '200 OK', bodyless: false, contentLength: undefined }, 0)).toBe('until-close')
  })
})
