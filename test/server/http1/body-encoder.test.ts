import { describe, expect, it } from 'vitest'
import { BodyEncoder, chunkPrefix, responseFraming } from '../../../packages/server/src/http1/body-encoder.ts'

describe('a body encoder (RFC 9112 §6.2)', () => {
  it('never lets out more than was announced', () => {
    const encoder = new BodyEncoder('length', 5)
    expect([encoder.admit(3), encoder.complete, encoder.admit(3), encoder.complete, encoder.admit(1)]).toEqual([
      3,
      false,
      2,
      true,
      0,
    ])
  })

  it.each(['chunked', 'until-close'] as const)('lets anything out, and may end anywhere: %s', (framing) => {
    const encoder = new BodyEncoder(framing, undefined)
    expect([encoder.admit(1e9), encoder.complete]).toEqual([1e9, true])
  })

  it('lets nothing out where there is no body', () => {
    const encoder = new BodyEncoder('none', 10)
    expect([encoder.admit(1), encoder.complete]).toEqual([0, true])
  })

  it('writes chunk sizes in hexadecimal (§7.1)', () =>
    expect([1, 10, 65_536].map(chunkPrefix)).toEqual(['1\r\n', 'a\r\n', '10000\r\n']))

  it('decides framing by body, length and version, in this order', () => {
    expect(responseFraming({ status: '200 OK', bodyless: true, contentLength: 1 }, 1)).toBe('none')
    expect(responseFraming({ status: '200 OK', bodyless: false, contentLength: 1 }, 0)).toBe('length')
    expect(responseFraming({ status: '200 OK', bodyless: false, contentLength: undefined }, 1)).toBe('chunked')
    expect(responseFraming({ status: '200 OK', bodyless: false, contentLength: undefined }, 0)).toBe('until-close')
  })
})
