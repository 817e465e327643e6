/** The id and the place in a trace of each request: of a believed peer, else new and random. */

import { environFor } from '@tsgi/contract/testing'
import { expect, it } from 'vitest'
import { RequestOrigin } from '../../../packages/server/src/connection/request.ts'
import { newRequestId, newTraceparent } from '../../../packages/server/src/connection/request-ids.ts'
import { ForwardedTrust } from '../../../packages/server/src/proxy/forwarded-trust.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/
const SENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00'

function originOf(tracePeers: readonly string[], speaker?: string): RequestOrigin {
  const errors = { write: () => undefined, writelines: () => undefined, flush: () => undefined }
  const facts = {
    ...({ serverName: 'a.test', serverPort: '80', scheme: 'http', remoteAddr: '192.0.2.1', remotePort: '1' } as const),
    ...{ multiprocess: false, errors },
  }
  return new RequestOrigin(facts, new ForwardedTrust({ peers: [], tracePeers }), speaker)
}

function identified(origin: RequestOrigin, headers: readonly string[]) {
  const environ = environFor('/')
  origin.templateFor({ headers })
  origin.identify(environ)
  return { id: environ['tsgi.request_id'] ?? '', trace: environ['tsgi.traceparent'] ?? '' }
}

const FIELDS = ['X-Request-Id', 'front-1', 'Traceparent', SENT]

it('are 20,000 different ones', () => {
  const ids = Array.from({ length: 20_000 }, newRequestId)
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(id).toMatch(UUID)
  const id = newRequestId()
  expect(newTraceparent()).toMatch(TRACEPARENT)
  expect(newTraceparent().slice(3, 35)).toBe(id.replaceAll('-', ''))
})

it('are new for a peer that is not believed, and the id begins the trace', () => {
  const origin = originOf(['10.0.0.0/8'])
  const one = identified(origin, FIELDS)
  expect(one.id).toMatch(UUID)
  expect(one.trace.slice(3, 35)).toBe(one.id.replaceAll('-', ''))
  expect(identified(origin, FIELDS).id).not.toBe(one.id)
})

it.each([['192.0.2.1'], ['*'], ['192.0.2.0/24']])('are those of a peer that is believed: %s', (entry) => {
  expect(identified(originOf([entry]), FIELDS)).toEqual({ id: 'front-1', trace: SENT })
})

it('are new one by one, where a believed peer sends only one, or a bad one', () => {
  const one = identified(originOf(['*']), ['X-Request-Id', 'front 1', 'Traceparent', SENT])
  expect([one.id.length, one.trace]).toEqual([36, SENT])
  const other = identified(originOf(['*']), ['X-Request-Id', 'front-1', 'Traceparent', SENT.toUpperCase()])
  expect([other.id, other.trace]).toEqual(['front-1', expect.stringMatching(TRACEPARENT)])
})

it('are those of the last section only', () => {
  const origin = originOf(['*'])
  expect(identified(origin, FIELDS).id).toBe('front-1')
  expect(identified(origin, ['Host', 'a.test']).id).toMatch(UUID)
})

it('are believed of the front that speaks, not of the client that it names', () => {
  expect(identified(originOf(['10.0.0.1'], '10.0.0.1'), FIELDS).id).toBe('front-1')
  expect(identified(originOf(['192.0.2.1'], '10.0.0.1'), FIELDS).id).toMatch(UUID)
})
