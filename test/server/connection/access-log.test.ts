/** What a line of the access log looks like, whatever a client sends (G-01, G-02). */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accessLine, CombinedLineCache } from '../../../packages/server/src/connection/access-log.ts'
import type { AccessRecord } from '../../../packages/server/src/connection/access-record.ts'

const record = (more: Partial<AccessRecord> = {}): AccessRecord => ({
  time: Date.UTC(2026, 10, 5, 7, 8, 9, 250),
  remoteAddr: '192.0.2.7',
  method: 'GET',
  target: '/a?b=c',
  protocol: 'HTTP/1.1',
  status: 200,
  bytes: 12,
  duration: 1.23456,
  ...more,
})

describe('the combined format', () => {
  it.each<[string, Partial<AccessRecord>, string]>([
    ['an ordinary request', {}, '192.0.2.7 - - [05/Nov/2026:07:08:09 +0000] "GET /a?b=c HTTP/1.1" 200 12 "-" "-"\n'],
    [
      'referer and user agent',
      { referer: 'http://x/', userAgent: 'a "b" \\' },
      '192.0.2.7 - - [05/Nov/2026:07:08:09 +0000] "GET /a?b=c HTTP/1.1" 200 12 "http://x/" "a \\x22b\\x22 \\x5C"\n',
    ],
    [
      'what was no request, and why',
      { method: undefined, target: undefined, protocol: undefined, status: 400, bytes: 0, reason: 'bad request line' },
      '192.0.2.7 - - [05/Nov/2026:07:08:09 +0000] "-" 400 - "-" "-" bad request line\n',
    ],
    [
      'no answer, over a unix socket',
      { remoteAddr: '', status: 0, bytes: 0 },
      '- - - [05/Nov/2026:07:08:09 +0000] "GET /a?b=c HTTP/1.1" - - "-" "-"\n',
    ],
  ])('%s', (_name, more, line) => {
    expect(accessLine(record(more), 'combined')).toBe(line)
  })

  it('has the second of its own request, in whatever order they end', () => {
    const start = Date.UTC(2026, 10, 5, 7, 8, 9)
    const seconds = [0, 999, 1000, 0, 60_000, 59_999.9].map(
      (later) => accessLine(record({ time: start + later }), 'combined').match(/:(\d\d:\d\d) /)?.[1],
    )
    expect(seconds).toEqual(['08:09', '08:09', '08:10', '08:09', '09:09', '09:08'])
  })
})

describe('the JSON format', () => {
  it('is one object per line', () => {
    const line = accessLine(record({ userAgent: 'x\u0080\u007f"', host: 'example' }), 'json')
    expect(line).not.toContain('\u007f')
    expect(JSON.parse(line)).toEqual({
      time: '2026-11-05T07:08:09.250Z',
      remote_addr: '192.0.2.7',
      method: 'GET',
      target: '/a?b=c',
      protocol: 'HTTP/1.1',
      status: 200,
      bytes: 12,
      duration_ms: 1.235,
      host: 'example',
      user_agent: 'x\u0080\u007f"',
    })
  })
})

describe.each(['combined', 'json'] as const)('%s: whatever a client sends', (format) => {
  const foreign = fc.option(fc.string({ unit: 'binary', maxLength: 200 }), { nil: undefined })

  it('leaves one line of printable ASCII (G-01)', () => {
    fc.assert(
      fc.property(foreign, foreign, foreign, foreign, (method, target, referer, userAgent) => {
        const line = accessLine(record({ method, target, referer, userAgent, host: target }), format)
        expect(line).toMatch(/^[\x20-\x7e]+\n$/)
        if (format === 'combined') expect(line.split('"')).toHaveLength(7)
      }),
    )
  })

  it('is bounded (G-02)', () => {
    const long = 'x'.repeat(100_000)
    expect(accessLine(record({ target: long, referer: long, userAgent: long }), format).length).toBeLessThan(13_000)
  })
})

describe('the memory of a connection', () => {
  const some = <T>(...values: T[]) => fc.constantFrom(...values)
  const requests = fc.array(
    fc.record({
      time: some(record().time, record().time + 999, record().time + 5000),
      remoteAddr: some('192.0.2.7', '', '2001:db8::1'),
      method: some(undefined, 'GET', 'PUT'),
      target: some(undefined, '/', '/"\n'),
      protocol: some(undefined, 'HTTP/1.1', 'HTTP/1.0'),
      status: some(0, 200, 404),
      bytes: some(0, 12),
      referer: some(undefined, 'http://x/', '\u0000'),
      userAgent: some(undefined, 'a', '"'),
      reason: some(undefined, 'the head took too long'),
    }),
    { maxLength: 12 },
  )

  it('writes each line as if it were the first, whatever came before', () => {
    fc.assert(
      fc.property(requests, (records) => {
        const memory = new CombinedLineCache()
        for (const one of records) {
          const line = memory.before(record(one)) + (one.bytes || '-') + memory.after(record(one))
          expect(line).toBe(accessLine(record(one), 'combined'))
        }
      }),
    )
  })
})
