import { describe, expect, it } from 'vitest'
import { HttpError } from '../../../packages/server/src/http1/errors.ts'
import { HeadScanner } from '../../../packages/server/src/http1/head-scanner.ts'
import { DEFAULT_LIMITS, type Limits } from '../../../packages/server/src/http1/limits.ts'

const HEAD = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const SMALL: Limits = { ...DEFAULT_LIMITS, requestLine: 20, method: 7, field: 10, fields: 18, fieldCount: 3 }

/** The status and how many octets had been given when it fell, one octet at a time. */
function verdict(octets: string, limits: Limits = DEFAULT_LIMITS): string {
  const scanner = new HeadScanner(limits)
  for (let at = 0; at < octets.length; at++) {
    if (scanner.ended) return `ended before ${at}`
    try {
      scanner.scan(octets.slice(at, at + 1), 0, 1)
    } catch (error) {
      return error instanceof HttpError ? `${error.status} at ${at}` : String(error)
    }
  }
  return scanner.ended ? 'ended' : 'open'
}

/** The same, all at once. */
function statusOf(octets: string, limits: Limits = DEFAULT_LIMITS): number | string {
  const scanner = new HeadScanner(limits)
  try {
    const end = scanner.scan(octets, 0, octets.length)
    return scanner.ended ? (end === octets.length ? 'ended' : `ended before ${end}`) : 'open'
  } catch (error) {
    return error instanceof HttpError ? error.status : String(error)
  }
}

describe('a head falls at its first impossible octet', () => {
  it.each([
    ['takes a head', HEAD, 'ended'],
    ['waits within a head (RFC 9112 §2.2)', HEAD.slice(0, -1), 'open'],
    ['takes nothing beyond it', `${HEAD}G`, `ended before ${HEAD.length}`],
    ['refuses LF where a method begins (§2.2)', '\n', '400 at 0'],
    ['refuses a TLS hello at its first octet', '\x16\x03\x01', '400 at 0'],
    ['refuses the ninth blank line (§2.2)', '\r\n'.repeat(9), '400 at 16'],
    ['refuses CR without LF before the request line', '\rG', '400 at 1'],
    ['refuses a space before the method (§3)', ' GET', '400 at 0'],
    ['refuses two spaces (§3)', 'GET  /', '400 at 4'],
    ['refuses HTAB for SP (§3)', 'GET\t/', '400 at 3'],
    ['refuses HTTP/0.9 (§2.3)', 'GET /\r\n', '400 at 5'],
    ['refuses a fragment (§3.2)', 'GET /a#b', '400 at 6'],
    ['refuses http in lower case (§2.3)', 'GET / http/1.1', '400 at 6'],
    ['refuses a letter for a digit (§2.3)', 'GET / HTTP/x', '400 at 11'],
    ['refuses another major when its line ends (RFC 9110 §15.6.6)', 'GET / HTTP/2.0\r', '505 at 14'],
    ['refuses a space after the version (§3)', 'GET / HTTP/1.1 ', '400 at 14'],
    ['refuses bare LF after the request line (§2.2)', 'GET / HTTP/1.1\n', '400 at 14'],
    ['refuses a space before the first field (§2.2)', 'GET / HTTP/1.1\r\n ', '400 at 16'],
    ['refuses a space before the colon (§5.1)', 'GET / HTTP/1.1\r\nA :', '400 at 17'],
    ['refuses an empty field name (§5)', 'GET / HTTP/1.1\r\n:', '400 at 16'],
    ['refuses a field without colon (§5)', 'GET / HTTP/1.1\r\nA\r', '400 at 17'],
    ['refuses NUL in a value (RFC 9110 §5.5)', 'GET / HTTP/1.1\r\nA:\0', '400 at 18'],
    ['refuses bare LF in a value', 'GET / HTTP/1.1\r\nA:b\nC', '400 at 19'],
    ['refuses CR that no LF follows', 'GET / HTTP/1.1\r\nA:b\rC', '400 at 20'],
    ['refuses obs-fold (§5.2)', 'GET / HTTP/1.1\r\nA:b\r\n c', '400 at 21'],
    ['refuses a head that ends in CR and another octet', 'GET / HTTP/1.1\r\nA:b\r\n\rX', '400 at 22'],
  ])('%s', (_name, octets, expected) => {
    expect(verdict(octets)).toBe(expected)
    expect(String(statusOf(octets))).toBe(expected.replace(/ at \d+$/, ''))
  })
})

describe('limits act on octets as they arrive', () => {
  it.each([
    ['a method at the limit', 'OPTIONS / HTTP/1.1\r\n\r\n', 'ended'],
    ['a method beyond it is 501 (RFC 9112 §3)', 'OPTIONSX', '501 at 7'],
    ['a request line at the limit', 'GET /123456 HTTP/1.1\r\n\r\n', 'ended'],
    ['a request line beyond it is 414 (RFC 9112 §3)', 'GET /1234567 HTTP/1.1\r\n\r\n', '414 at 20'],
    ['a target that never ends is 414', `GET /${'a'.repeat(40)}`, '414 at 20'],
    ['a field at the limit', 'GET / HTTP/1.1\r\nA:45678901\r\n\r\n', 'ended'],
    ['a field beyond it is 431', 'GET / HTTP/1.1\r\nA:456789012\r\n\r\n', '431 at 26'],
    ['a name that never ends is 431', 'GET / HTTP/1.1\r\nABCDEFGHIJKLM', '431 at 26'],
    ['a colon beyond the limit is 431', 'GET / HTTP/1.1\r\nABCDEFGHIJ:', '431 at 26'],
    ['a section at the limit', 'GET / HTTP/1.1\r\nA:45678\r\nB:456\r\n\r\n', 'ended'],
    ['a section beyond it is 431', 'GET / HTTP/1.1\r\nA:45678\r\nB:45678901\r\n\r\n', '431 at 34'],
    ['fields at the limit', 'GET / HTTP/1.1\r\nA:\r\nB:\r\nC:\r\n\r\n', 'ended'],
    ['one field more is 431', 'GET / HTTP/1.1\r\nA:\r\nB:\r\nC:\r\nD:\r\n\r\n', '431 at 28'],
  ])('%s', (_name, octets, expected) => {
    expect(verdict(octets, SMALL)).toBe(expected)
    expect(String(statusOf(octets, SMALL))).toBe(expected.replace(/ at \d+$/, ''))
  })

  it('are counted anew for each head', () => {
    const scanner = new HeadScanner(SMALL)
    for (let round = 0; round < 3; round++) {
      scanner.reset()
      expect(scanner.scan(HEAD, 0, HEAD.length)).toBe(HEAD.length)
      expect(scanner.ended).toBe(true)
    }
  })
})

describe('a scanner of trailers', () => {
  it.each([
    ['no field', '\r\n', 'ended'],
    ['a field', 'A: b\r\n\r\n', 'ended'],
    ['a space before the colon', 'A : b\r\n\r\n', 400],
    ['a blank line that is not one', '\n', 400],
  ])('begins with %s', (_name, octets, expected) => {
    const scanner = new HeadScanner(DEFAULT_LIMITS)
    scanner.reset('field')
    const run = () => {
      scanner.scan(octets, 0, octets.length)
      return scanner.ended ? 'ended' : 'open'
    }
    if (typeof expected === 'string') expect(run()).toBe(expected)
    else expect(run).toThrow(HttpError)
  })
})
