import { describe, expect, it } from 'vitest'
import { HttpError } from '../../../packages/server/src/http1/errors.ts'
import { DEFAULT_LIMITS } from '../../../packages/server/src/http1/limits.ts'
import { type RequestHead, RequestHeadReader } from '../../../packages/server/src/http1/request-head.ts'

const FIELDS = 'Host: a.test\r\nAccept: */*\r\n\r\n'

function read(reader: RequestHeadReader, text: string, from = 0): RequestHead {
  const head = reader.read(text, from)
  if (head === undefined) throw new Error('the head is not complete')
  return head
}

describe('a request head (RFC 9112 §3)', () => {
  it('is handed out with its parts as they were sent', () => {
    const reader = new RequestHeadReader(DEFAULT_LIMITS)
    const head = read(reader, `get /a%20b?c HTTP/1.7\r\n${FIELDS}body`)
    expect(head).toMatchObject({ method: 'get', target: '/a%20b?c', protocol: 'HTTP/1.7', authority: undefined })
    expect(head.section.headers).toEqual(['Host', 'a.test', 'Accept', '*/*'])
    expect(reader.end).toBe(`get /a%20b?c HTTP/1.7\r\n${FIELDS}`.length)
  })

  it('is handed out only when complete (P-24)', () => {
    const reader = new RequestHeadReader(DEFAULT_LIMITS)
    const text = `GET / HTTP/1.1\r\n${FIELDS}`
    for (const octet of text.slice(0, -1)) expect(reader.read(octet, 0)).toBeUndefined()
    expect(read(reader, text.slice(-1)).target).toBe('/')
    expect(reader.idle).toBe(true)
  })

  it('begins anywhere in a read, and the next begins where it ends', () => {
    const reader = new RequestHeadReader(DEFAULT_LIMITS)
    const text = `GET /a HTTP/1.1\r\n${FIELDS}GET /b HTTP/1.1\r\n${FIELDS}GET /c HT`
    expect(read(reader, text).target).toBe('/a')
    expect(read(reader, text, reader.end).target).toBe('/b')
    expect(reader.read(text, reader.end)).toBeUndefined()
    expect(read(reader, `TP/1.1\r\n${FIELDS}`).target).toBe('/c')
  })

  it('shares the header section with the request before, where the octets are the same', () => {
    const reader = new RequestHeadReader(DEFAULT_LIMITS)
    const first = read(reader, `GET /a HTTP/1.1\r\n${FIELDS}`)
    const second = read(reader, `GET /b HTTP/1.1\r\n${FIELDS}`)
    expect(second.section).toBe(first.section)
    const other = read(reader, 'GET /b HTTP/1.1\r\nHost: b.test\r\n\r\n')
    expect(other.section.headers).toEqual(['Host', 'b.test'])
  })

  it('does not share it between versions: HTTP/1.0 reads the same fields in another way', () => {
    const reader = new RequestHeadReader(DEFAULT_LIMITS)
    expect(read(reader, `GET / HTTP/1.1\r\n${FIELDS}`).section.persistent).toBe(true)
    expect(read(reader, `GET / HTTP/1.0\r\n${FIELDS}`).section.persistent).toBe(false)
    expect(read(reader, `GET / HTTP/1.1\r\n${FIELDS}`).section.persistent).toBe(true)
  })

  it('is not taken to share it when the section only begins alike', () => {
    const reader = new RequestHeadReader(DEFAULT_LIMITS)
    read(reader, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    const head = read(reader, 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\r\n')
    expect(head.section.headers).toEqual(['Host', 'a', 'X-A', 'b'])
  })

  it('is judged by its request line even where the section is known', () => {
    const reader = new RequestHeadReader(DEFAULT_LIMITS)
    read(reader, `GET / HTTP/1.1\r\n${FIELDS}`)
    for (const line of [
      'GET /\x01 HTTP/1.1',
      'GET  / HTTP/1.1',
      'GET / HTTP/2.0',
      'G@T / HTTP/1.1',
      'GET * HTTP/1.1',
    ]) {
      const again = new RequestHeadReader(DEFAULT_LIMITS)
      read(again, `GET / HTTP/1.1\r\n${FIELDS}`)
      expect(() => again.read(`${line}\r\n${FIELDS}`, 0), line).toThrow(HttpError)
    }
  })

  it('is the same object when all of a read is the head of the read before, and only then', () => {
    const reader = new RequestHeadReader(DEFAULT_LIMITS)
    const text = `GET /a HTTP/1.1\r\n${FIELDS}`
    const first = read(reader, text)
    expect(read(reader, text)).toBe(first)
    const other = read(reader, `GET /b HTTP/1.1\r\n${FIELDS}`)
    expect(other).toMatchObject({ target: '/b' })
    expect(read(reader, text)).toMatchObject({ target: '/a' })
    // What follows a head in its read is not the head's.
    expect(reader.read(`${text}GET /c`, 0)).toMatchObject({ target: '/a' })
    expect(reader.end).toBe(text.length)
    expect(reader.read(`${text}GET /c`, text.length)).toBeUndefined()
    expect(read(reader, ` HTTP/1.1\r\n${FIELDS}`)).toMatchObject({ target: '/c' })
  })

  it('that was refused is refused again', () => {
    const reader = new RequestHeadReader(DEFAULT_LIMITS)
    read(reader, `GET /a HTTP/1.1\r\n${FIELDS}`)
    const bad = 'GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'
    expect(() => reader.read(bad, 0)).toThrow(HttpError)
    const fresh = new RequestHeadReader(DEFAULT_LIMITS)
    expect(() => fresh.read(bad, 0)).toThrow(HttpError)
  })

  it('skips blank lines before it, cut anyhow (RFC 9112 §2.2)', () => {
    const reader = new RequestHeadReader(DEFAULT_LIMITS)
    expect(reader.read('\r', 0)).toBeUndefined()
    // They are no request: a connection with nothing else on it is idle.
    expect(reader.idle).toBe(true)
    expect(reader.read('\n\r\nG', 0)).toBeUndefined()
    expect(reader.idle).toBe(false)
    expect(read(reader, `ET /a HTTP/1.1\r\n${FIELDS}`)).toMatchObject({ method: 'GET', target: '/a' })
  })

  it('tells its request line when it is refused further on, and nothing before that', () => {
    const reader = new RequestHeadReader(DEFAULT_LIMITS)
    expect(() => reader.read('HEAD /a HTTP/1.1\r\nBad Name: b\r\n', 0)).toThrow(HttpError)
    expect(reader.requestLine).toEqual({ method: 'HEAD', target: '/a', protocol: 'HTTP/1.1' })
    const early = new RequestHeadReader(DEFAULT_LIMITS)
    expect(() => early.read('HEAD /a\x01', 0)).toThrow(HttpError)
    expect(early.requestLine).toBeUndefined()
  })

  it('takes 64 KiB octet by octet in linear time', () => {
    const reader = new RequestHeadReader(DEFAULT_LIMITS)
    const text = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(60_000)}\r\n\r\n`
    let head: RequestHead | undefined
    for (let at = 0; at < text.length; at++) head = reader.read(text.charAt(at), 0)
    expect(head?.section.headers[3]).toHaveLength(60_000)
  })
})
