/** `tsgi.trailers` where the wire does not show it: which names, and when the key is there. */
import { environFor } from '@tsgi/contract/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isForbiddenTrailer } from '../../../packages/contract/src/validate-trailers.ts'
import { BodyInput, EMPTY_INPUT, limited } from '../../../packages/gateways/src/exchange/input.ts'
import type { Sink } from '../../../packages/gateways/src/exchange/sink.ts'
import { checkTrailers, receivedTrailers, trailersOf } from '../../../packages/gateways/src/exchange/trailers.ts'

const NAMES = [
  ...['accept', 'age', 'authorization', 'cache-control', 'connection', 'content-encoding', 'content-length'],
  ...['content-range', 'content-type', 'cookie', 'date', 'digest', 'etag', 'expect', 'expires', 'host', 'if-match'],
  ...[
    'if-modified-since',
    'if-none-match',
    'if-range',
    'if-unmodified-since',
    'keep-alive',
    'location',
    'max-forwards',
  ],
  ...['pragma', 'proxy', 'proxy-authenticate', 'proxy-authentication-info', 'proxy-authorization', 'proxy-connection'],
  ...['range', 'retry-after', 'server-timing', 'set-cookie', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'vary'],
  ...['warning', 'www-authenticate', 'x-anything'],
]

const SINK: Sink = {
  hasTrailers: true,
  writeHead: () => undefined,
  write: () => true,
  drained: async () => undefined,
  end: () => undefined,
  abort: () => undefined,
}

const receiver = () => {
  const added: string[] = []
  return { added, addTrailers: (flat: readonly string[]) => void added.push(...flat) }
}

describe('the names', () => {
  it.each(NAMES)('%s: the gateways and the validator agree', (name) => {
    const isSent = (() => {
      try {
        return checkTrailers([[name.toUpperCase(), 'x']]).length > 0
      } catch {
        return false
      }
    })()
    expect([isSent, receivedTrailers([name, 'x']).length === 1]).toEqual(Array(2).fill(!isForbiddenTrailer(name)))
  })

  it('are never one that was forbidden, in any letter case', () => {
    const letters = fc
      .constantFrom(...NAMES)
      .chain((name) =>
        fc
          .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
          .map((upper) => [...name].map((letter, i) => (upper[i] === true ? letter.toUpperCase() : letter)).join('')),
      )
    fc.assert(
      fc.property(fc.array(letters), (names) => {
        const list = receivedTrailers(names.flatMap((name) => [name, 'x']))
        return list.every(([name]) => name === name.toLowerCase() && !isForbiddenTrailer(name))
      }),
    )
  })
})

describe('the key', () => {
  const source = { pull: async () => null, trailers: ['X-A', '1'] }

  it.each([
    ['a GET', {}, false],
    ['a client that takes them', { HTTP_TE: 'trailers' }, true],
    ['a client that takes them among others', { HTTP_TE: 'gzip;q=0.5,  Trailers' }, true],
    ['a client that takes others', { HTTP_TE: 'gzip, x-trailers' }, false],
    ['HTTP/1.0', { HTTP_TE: 'trailers', SERVER_PROTOCOL: 'HTTP/1.0' }, false],
    ['a body that may have some', { 'wsgi.input': new BodyInput(source) }, true],
    ['a body with a limit', { 'wsgi.input': new BodyInput(limited(source, 10)) }, true],
    ['a body that has none', { 'wsgi.input': new BodyInput({ pull: async () => null }) }, false],
  ])('of %s', (_what, keys, isThere) => {
    const environ = environFor('/', { 'wsgi.input': EMPTY_INPUT, ...keys })
    expect(trailersOf(environ, SINK, receiver()) !== undefined).toBe(isThere)
  })

  it('is absent on a transport without trailers', () => {
    const environ = environFor('/', { headers: { TE: 'trailers' } })
    expect(trailersOf(environ, { ...SINK, hasTrailers: false }, receiver())).toBeUndefined()
  })

  it('drops what a client does not take, and still refuses what is wrong', () => {
    const environ = environFor('/', { 'wsgi.input': new BodyInput(source) })
    const taker = receiver()
    const trailers = trailersOf(environ, SINK, taker)
    trailers?.send([['X-A', '1']])
    expect(taker.added).toEqual([])
    expect(() => trailers?.send([['Host', 'x']])).toThrow('Host must not be a trailer')
  })
})
