import { describe, expect, it } from 'vitest'
import { reasonPhrase, sendErrorResponse } from '../../../packages/gateways/src/exchange/error-response.ts'
import { RecordingSink } from './recording-sink.ts'

describe('refuse', () => {
  it.each([400, 408, 413, 414, 417, 431, 500, 501, 503, 505])('answers %i with its phrase, framed (W-08)', (status) => {
    const sink = new RecordingSink()
    sendErrorResponse(sink, status)
    const phrase = reasonPhrase(status)
    expect(phrase).not.toBe('')
    expect(sink.calls).toEqual([`head ${status} ${phrase}`, `write ${phrase}\n`, 'end'])
    expect(sink.head).toEqual({
      status: `${status} ${phrase}`,
      code: status,
      headers: ['Content-Type', 'text/plain; charset=utf-8'],
      contentLength: phrase.length + 1,
      bodyless: false,
    })
  })

  it('sends no octets to HEAD, and announces them', () => {
    const sink = new RecordingSink()
    sendErrorResponse(sink, 500, true)
    expect(sink.calls).toEqual(['head 500 Internal Server Error', 'end'])
    expect(sink.head).toMatchObject({ contentLength: 22, bodyless: true })
  })

  it('may have an empty phrase (RFC 9112 §4), and further headers', () => {
    const sink = new RecordingSink()
    sendErrorResponse(sink, 499, false, ['Retry-After', '1'])
    expect(sink.calls).toEqual(['head 499 ', 'write 499\n', 'end'])
    expect(sink.head?.headers).toEqual(['Content-Type', 'text/plain; charset=utf-8', 'Retry-After', '1'])
  })
})
