import type { Environ } from '@tsgi/contract'
import { describe, expect, it } from 'vitest'
import type { ConnectionFacts } from '../../../packages/gateways/src/exchange/environ.ts'
import { EMPTY_INPUT } from '../../../packages/gateways/src/exchange/input.ts'
import { RequestOrigin } from '../../../packages/server/src/connection/request.ts'
import { DEFAULT_LIMITS } from '../../../packages/server/src/http1/limits.ts'
import { type RequestHead, RequestHeadReader } from '../../../packages/server/src/http1/request-head.ts'
import { ForwardedTrust } from '../../../packages/server/src/proxy/forwarded-trust.ts'

const FACTS: ConnectionFacts = {
  serverName: 'a.test',
  serverPort: '80',
  scheme: 'http',
  remoteAddr: '192.0.2.1',
  remotePort: '1234',
  multiprocess: false,
  errors: { write: () => undefined, writelines: () => undefined, flush: () => undefined },
}

function environs(): RequestOrigin {
  return new RequestOrigin(FACTS, new ForwardedTrust({ peers: [] }))
}

function headOf(text: string): RequestHead {
  const head = new RequestHeadReader(DEFAULT_LIMITS).read(`${text}\r\n\r\n`, 0)
  if (head === undefined) throw new Error('not a head')
  return head
}

/** What an environ holds, as it is: a matcher that looked into it would read the input. */
function facts(environ: Environ | undefined): unknown[] {
  return Object.entries(environ ?? {}).flat()
}

function areSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((value, i) => Object.is(value, other[i]))
}

describe('the environs of a connection (E-03, E-10)', () => {
  const head = headOf('GET /a%20b?c=d HTTP/1.1\r\nHost: a.test\r\nX-Mine: 1')

  it('are equal for the same head, as often as it comes, and new each time', () => {
    const source = environs()
    const [first, ...others] = Array.from({ length: 4 }, () => source.makeEnviron(head, EMPTY_INPUT))
    expect(first).toMatchObject({ PATH_INFO: '/a b', QUERY_STRING: 'c=d', HTTP_X_MINE: '1' })
    for (const other of others) expect(areSame(facts(other), facts(first))).toBe(true)
    expect(new Set([first, ...others]).size).toBe(4)
  })

  it('keep nothing of what an application did to the one before', () => {
    const source = environs()
    const untouched = facts(source.makeEnviron(head, EMPTY_INPUT))
    for (let times = 0; times < 4; times++) {
      const environ = source.makeEnviron(head, EMPTY_INPUT)
      expect(areSame(facts(environ), untouched)).toBe(true)
      Object.assign(environ ?? {}, { PATH_INFO: '/changed', HTTP_X_MINE: '2', 'my.key': 1, REMOTE_USER: 'eve' })
    }
  })

  it('have an input of their own', () => {
    const source = environs()
    for (let times = 0; times < 4; times++) {
      const input = { ...EMPTY_INPUT }
      expect(source.makeEnviron(head, input)?.['wsgi.input']).toBe(input)
    }
  })

  it('are those of their head when heads with the same section take turns', () => {
    const source = environs()
    const other: RequestHead = { ...head, method: 'HEAD', target: '/other' }
    for (const one of [head, other, other, head, head, other]) {
      expect(source.makeEnviron(one, EMPTY_INPUT)).toMatchObject({
        REQUEST_METHOD: one.method,
        REQUEST_URI: one.target,
      })
    }
  })

  it('are not made where the path cannot be decoded, however often', () => {
    const source = environs()
    const bad = headOf('GET /%00 HTTP/1.1\r\nHost: a.test')
    for (let times = 0; times < 3; times++) expect(source.makeEnviron(bad, EMPTY_INPUT)).toBeUndefined()
  })
})
