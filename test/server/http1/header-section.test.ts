import { describe, expect, it } from 'vitest'
import { judgeHeaderSection } from '../../../packages/server/src/http1/header-section.ts'
import { DEFAULT_LIMITS } from '../../../packages/server/src/http1/limits.ts'

function judge(lines: string[], minor = 1) {
  return judgeHeaderSection(`${lines.map((line) => `${line}\r\n`).join('')}\r\n`, minor, DEFAULT_LIMITS)
}

describe('a header section (RFC 9112 §5, RFC 9110 §5)', () => {
  it('splits at the first colon and trims OWS only (§5.1)', () => {
    expect(judge(['Host: a', 'A:\tb:c \t', 'B:', 'a: \xa0d\xa0']).headers).toEqual([
      'Host',
      'a',
      'A',
      'b:c',
      'B',
      '',
      'a',
      '\xa0d\xa0',
    ])
  })

  it('may be empty in HTTP/1.0', () => expect(judge([], 0).headers).toEqual([]))

  it.each([
    ['no Host (RFC 9112 §3.2)', [], 1],
    ['two Hosts', ['Host: a', 'hOsT: a'], 1],
    ['two Hosts in HTTP/1.0', ['Host: a', 'Host: b'], 0],
    ['an empty Host', ['Host:'], 1],
    ['an invalid Host in HTTP/1.0', ['Host: a b'], 0],
    ['Content-Type twice (RFC 9110 §5.3)', ['Host: a', 'Content-Type: a/b', 'content-type: a/b'], 1],
    ['Authorization twice', ['Host: a', 'Authorization: a', 'AUTHORIZATION: b'], 1],
  ])('refuses %s', (_name, lines, minor) => {
    expect(() => judge(lines, minor)).toThrow(expect.objectContaining({ status: 400 }))
  })

  it.each([
    [[], 1, true],
    [['Connection: close'], 1, false],
    [['Connection: CLOSE'], 1, false],
    [['connection: keep-alive, close'], 1, false],
    [['Connection: keep-alive', 'Connection: x,\tClose ,'], 1, false],
    [['Connection: closed'], 1, true],
    [['Connection: "close"'], 1, true],
    [['Connection: close;a'], 1, true],
    [['Proxy-Connection: close'], 1, true],
    [[], 0, false],
    [['Connection: keep-alive'], 0, true],
    [['Connection: Keep-Alive, X'], 0, true],
    [['Connection: keep-alive, close'], 0, false],
    [['Connection: keep-alived'], 0, false],
  ])('persists with %j in HTTP/1.%i: %s (RFC 9112 §9.3)', (lines, minor, expected) => {
    expect(judge(['Host: a', ...lines], minor).persistent).toBe(expected)
  })

  it.each([
    [['Expect: 100-continue', 'Content-Length: 1'], 1, true],
    [['Expect: 100-CONTINUE', 'Transfer-Encoding: chunked'], 1, true],
    [['Expect: 100-continue'], 1, false],
    [['Expect:', 'Content-Length: 1'], 1, false],
    [['Expect: ,', 'Expect:', 'Content-Length: 1'], 1, false],
    [['Expect: , 100-continue ,', 'Content-Length: 1'], 1, true],
    [['Expect: 100-continue', 'Content-Length: 1'], 0, false],
    [['Expect: magic', 'Content-Length: 1'], 0, false],
  ])('awaits 100 with %j in HTTP/1.%i: %s (RFC 9110 §10.1.1)', (lines, minor, expected) => {
    expect(judge(['Host: a', ...lines], minor).expectsContinue).toBe(expected)
  })

  it.each([
    ['Expect: magic'],
    ['Expect: 100-continue, 100-continue'],
    ['Expect: 100-continue\r\nExpect: 100-continue'],
    ['Expect: y 100-continue'],
  ])('refuses %j (RFC 9110 §15.5.18)', (line) =>
    expect(() => judge(['Host: a', line])).toThrow(expect.objectContaining({ status: 417 })),
  )

  it('takes no name with an underscore for one that rules (E-02)', () => {
    expect(judge(['Host: a', 'Content_Length: 5', 'Transfer_Encoding: chunked']).framing).toEqual({ kind: 'none' })
  })
})
