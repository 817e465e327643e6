import { describe, expect, it } from 'vitest'
import { judgeTarget } from '../../../packages/server/src/http1/request-target.ts'

describe('a request target (RFC 9112 §3.2)', () => {
  it.each([
    ['GET', '/', undefined],
    ['GET', '//a', undefined],
    ['OPTIONS', '*', undefined],
    ['GET', 'http://a.test', 'a.test'],
    ['GET', 'HTTPS://a.test:8443/b', 'a.test:8443'],
    ['GET', 'http://a.test?b=/c', 'a.test'],
    ['OPTIONS', 'http://[::1]/', '[::1]'],
  ])('%s %s is taken', (method, target, authority) => expect(judgeTarget(method, target)).toBe(authority))

  it.each([
    ['asterisk-form but for OPTIONS (§3.2.4)', 'GET', '*', 400],
    ['authority-form but for CONNECT (§3.2.3)', 'GET', 'a.test:80', 400],
    ['CONNECT to a path', 'CONNECT', '/', 400],
    ['CONNECT without port', 'CONNECT', 'a.test', 400],
    ['CONNECT, for there are no tunnels', 'CONNECT', 'a.test:443', 501],
    ['an empty host (RFC 9110 §4.2.1)', 'GET', 'http:///a', 400],
    ['user information (RFC 9110 §4.2.4)', 'GET', 'http://u@a.test/', 400],
    ['a scheme that is not http', 'GET', 'ws://a.test/', 400],
    ['a relative path', 'GET', 'a', 400],
    ['a query alone', 'GET', '?a', 400],
  ])('refuses %s', (_name, method, target, status) => {
    expect(() => judgeTarget(method, target)).toThrow(expect.objectContaining({ status }))
  })
})
