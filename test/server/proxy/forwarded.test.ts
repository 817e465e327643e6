import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HttpError } from '../../../packages/server/src/http1/errors.ts'
import { readForwarded } from '../../../packages/server/src/proxy/forwarded.ts'
import { parseForwarded } from '../../../packages/server/src/proxy/forwarded-field.ts'
import { ForwardedTrust, parseForwardedFields } from '../../../packages/server/src/proxy/forwarded-trust.ts'

const PROXY = '10.0.0.1'
const PEERS = ['10.0.0.0/8', 'fd00::/8']
const trusted = new ForwardedTrust({ peers: PEERS })

function trustIn(fields: string, peers: readonly string[] = PEERS): ForwardedTrust {
  return new ForwardedTrust({ peers, fields: parseForwardedFields(fields) })
}

const HOST_TOO = trustIn('forwarded:host,x-forwarded-for,x-forwarded-proto,x-forwarded-host')

/** `[address, scheme, host]` as an application would see them. */
function seen(headers: string[], trust = HOST_TOO): [string, string | undefined, string | undefined] {
  const all = ['Host', 'inner', ...headers]
  const request = readForwarded(all, PROXY, '999', trust)
  return [request.remoteAddr, request.scheme, request.headers[request.headers.indexOf('Host') + 1]]
}

describe('a peer that is not trusted', () => {
  it.each([
    'Forwarded',
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'X-Forwarded-Host',
    'X-Forwarded-Port',
    'x-forwarded-prefix',
    'X-Forwarded',
    'Forwarded-For',
  ])('has its %s taken away', (name) => {
    const { headers, remoteAddr, scheme } = readForwarded(
      ['Host', 'a', name, '1.2.3.4', 'B', 'c'],
      '9.9.9.9',
      '1',
      trusted,
    )
    expect(headers).toEqual(['Host', 'a', 'B', 'c'])
    expect([remoteAddr, scheme]).toEqual(['9.9.9.9', undefined])
  })

  it('may write what it wants there: nothing of it is read', () => {
    expect(() => readForwarded(['Forwarded', '"'], '9.9.9.9', '1', trusted)).not.toThrow()
  })
})

it('leaves a request without such fields as it is', () => {
  const headers = ['Host', 'a', 'X-Real-IP', '1.2.3.4']
  expect(readForwarded(headers, PROXY, '1', trusted).headers).toBe(headers)
})

it('gives a request without Host the one that it was sent to (HTTP/1.0)', () => {
  const { headers } = readForwarded(['A', 'b', 'X-Forwarded-Host', 'a.example'], PROXY, '1', HOST_TOO)
  expect(headers).toEqual(['Host', 'a.example', 'A', 'b', 'X-Forwarded-Host', 'a.example'])
})

describe('X-Forwarded-For, -Proto and -Host of a trusted peer', () => {
  it.each<[string, string[], [string, string | undefined, string | undefined]]>([
    ['the client of one proxy', ['X-Forwarded-For', '1.2.3.4'], ['1.2.3.4', undefined, 'inner']],
    ['from the right, not the left', ['X-Forwarded-For', '6.6.6.6, 1.2.3.4'], ['1.2.3.4', undefined, 'inner']],
    [
      'through a second trusted proxy',
      ['X-Forwarded-For', '6.6.6.6, 1.2.3.4, 10.9.9.9'],
      ['1.2.3.4', undefined, 'inner'],
    ],
    ['the leftmost when all are trusted', ['X-Forwarded-For', '10.1.1.1, 10.2.2.2'], ['10.1.1.1', undefined, 'inner']],
    [
      'over several lines',
      ['X-Forwarded-For', '6.6.6.6', 'x-forwarded-for', '1.2.3.4'],
      ['1.2.3.4', undefined, 'inner'],
    ],
    ['IPv6, bare', ['X-Forwarded-For', '2001:db8::7'], ['2001:db8::7', undefined, 'inner']],
    ['IPv6 with a port', ['X-Forwarded-For', '[2001:db8::7]:443'], ['2001:db8::7', undefined, 'inner']],
    ['IPv4 in IPv6 as IPv4', ['X-Forwarded-For', '::ffff:1.2.3.4'], ['1.2.3.4', undefined, 'inner']],
    ['a scheme alone', ['X-Forwarded-Proto', 'HTTPS'], [PROXY, 'https', 'inner']],
    [
      'scheme and host',
      ['X-Forwarded-For', '1.2.3.4', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'a.example'],
      ['1.2.3.4', 'https', 'a.example'],
    ],
    [
      'the scheme beside the address',
      ['X-Forwarded-For', '6.6.6.6, 1.2.3.4', 'X-Forwarded-Proto', 'http, https'],
      ['1.2.3.4', 'https', 'inner'],
    ],
    [
      'rubbish to the left of what is believed',
      ['X-Forwarded-For', '<script>, 1.2.3.4'],
      ['1.2.3.4', undefined, 'inner'],
    ],
    [
      'past empty elements (RFC 9110 §5.6.1.2)',
      ['X-Forwarded-For', ', 1.2.3.4,, ', 'X-Forwarded-Proto', ',https'],
      ['1.2.3.4', 'https', 'inner'],
    ],
    ['nothing where nothing is said', ['X-Forwarded-For', '', 'X-Forwarded-Host', ' '], [PROXY, undefined, 'inner']],
    ['unknown', ['X-Forwarded-For', 'unknown'], ['unknown', undefined, 'inner']],
    ['IPv6 in its canonical text', ['X-Forwarded-For', '2001:DB8:0:0::7'], ['2001:db8::7', undefined, 'inner']],
    ['IPv6 without its zone', ['X-Forwarded-For', 'fe80::1%br-lan'], ['fe80::1', undefined, 'inner']],
    ['IPv6 in brackets without its zone', ['X-Forwarded-For', '[fe80::1%veth@if2]:8'], ['fe80::1', undefined, 'inner']],
    ['wss as https', ['X-Forwarded-Proto', 'wss'], [PROXY, 'https', 'inner']],
    ['ws as http', ['X-Forwarded-Proto', 'WS'], [PROXY, 'http', 'inner']],
    [
      'the last of several schemes',
      ['X-Forwarded-Proto', 'https, wss', 'X-Forwarded-Proto', 'ws'],
      [PROXY, 'http', 'inner'],
    ],
    ['a peer on a unix socket, as nginx writes it', ['X-Forwarded-For', '1.2.3.4, unix:'], ['', undefined, 'inner']],
  ])('reads %s', (_, headers, expected) => {
    expect(seen(headers)).toEqual(expected)
  })

  it.each([
    [['X-Forwarded-For', '1.2.3.4, nonsense']],
    [['X-Forwarded-Proto', 'gopher']],
    [['X-Forwarded-Host', 'a b']],
    [['X-Forwarded-Host', 'user@a']],
    [['X-Forwarded-For', '1.2.3.4\u00a0']],
    [['X-Forwarded-For', '"1.2.3.4"']],
    [['X-Forwarded-For', '1.2.3.4:65536']],
    [['X-Forwarded-For', '1.2.3.4%lo']],
    [['X-Forwarded-For', 'fe80::1%']],
    [['X-Forwarded-For', '[1.2.3.4]']],
    [['X-Forwarded-For', '010.0.0.1']],
    [['X-Forwarded-For', 'unix:/run/x']],
    [['X-Forwarded-Proto', 'wsss']],
    [['X-Forwarded-Proto', 'https;ws']],
  ])('refuses %j with 400', (headers) => {
    expect(() => seen(headers)).toThrow(HttpError)
  })
})

describe('Forwarded of a trusted peer (RFC 7239)', () => {
  it.each<[string, string, [string, string | undefined, string | undefined]]>([
    ['§4: the simplest form', 'for=1.2.3.4', ['1.2.3.4', undefined, 'inner']],
    [
      '§4: names in any case, several pairs',
      'For="[2001:db8:cafe::17]:4711";Proto=https;hoSt=a.example',
      ['2001:db8:cafe::17', 'https', 'a.example'],
    ],
    [
      '§7.4: scheme and host of the hop that is believed',
      'for=6.6.6.6;proto=http, for=1.2.3.4;proto=https;host=b, for=10.1.1.1;proto=http;host=c',
      ['1.2.3.4', 'https', 'b'],
    ],
    ['§6.3: an obfuscated identifier ends the walk', 'for=1.2.3.4, for=_hidden', ['_hidden', undefined, 'inner']],
    ['§6.2: unknown', 'for=unknown', ['unknown', undefined, 'inner']],
    ['a quoted comma is no border', 'for="1.2.3.4";x="a,b;c", for=10.1.1.1', ['1.2.3.4', undefined, 'inner']],
    ['an escaped quote', 'for=1.2.3.4;x="a\\"b"', ['1.2.3.4', undefined, 'inner']],
    ['empty elements', ', for=1.2.3.4 ,', ['1.2.3.4', undefined, 'inner']],
    ['an element without for', 'proto=https', [PROXY, 'https', 'inner']],
  ])('%s', (_, field, expected) => {
    expect(seen(['Forwarded', field])).toEqual(expected)
  })

  it('is believed beside its older relatives when it says the same, in other letters and of more hops', () => {
    const legacy = ['X-Forwarded-For', '2001:DB8:0::4', 'X-Forwarded-Proto', 'wss', 'X-Forwarded-Host', 'A.example']
    const standard = 'for=6.6.6.6;proto=http, for="[2001:db8::4]:80";host=a.example;proto=https'
    expect(seen([...legacy, 'Forwarded', standard])).toEqual(['2001:db8::4', 'https', 'a.example'])
  })

  it.each([
    ['another client', ['X-Forwarded-For', '6.6.6.6', 'Forwarded', 'for=1.2.3.4']],
    [
      'another client, though it is said in more lines',
      ['Forwarded', 'for=6.6.6.6', 'X-Forwarded-For', '6.6.6.6, 1.2.3.4'],
    ],
    ['another scheme', ['X-Forwarded-Proto', 'http', 'Forwarded', 'for=1.2.3.4;proto=https']],
    ['another host', ['Forwarded', 'for=1.2.3.4;host=a', 'X-Forwarded-Host', 'b']],
    ['rubbish', ['Forwarded', 'for=1.2.3.4', 'X-Forwarded-For', 'nonsense']],
    ['no scheme', ['X-Forwarded-For', '1.2.3.4', 'Forwarded', 'for=1.2.3.4;proto=https']],
    ['no host', ['X-Forwarded-For', '1.2.3.4', 'Forwarded', 'for=1.2.3.4;host=a']],
    ['no client', ['X-Forwarded-Proto', 'https', 'Forwarded', 'for=1.2.3.4;proto=https']],
  ])('beside its older relatives that say %s is a 400: one of them is the client', (_, headers) => {
    expect(() => seen(headers)).toThrow(HttpError)
  })

  it.each([
    'for',
    'for=',
    'for=1.2.3.4 proto=https',
    'for="1.2.3.4',
    'for=1.2.3.4;for=5.6.7.8',
    'for=[::1',
    'for="[1.2.3.4]"',
    'for=1.2.3.4;proto=ftp',
    'for=1.2.3.4;host="a b"',
    '=x',
    'for =1.2.3.4',
  ])('refuses %j with 400', (field) => {
    expect(() => seen(['Forwarded', field])).toThrow(HttpError)
  })

  it('reads back whatever the grammar allows to be written', () => {
    const token = fc.stringMatching(/^[a-z0-9!#$.-]{1,8}$/)
    const quoted = fc.string({ unit: fc.constantFrom('a', ' ', ',', ';', '"', '\\', '=', '\t'), maxLength: 8 })
    fc.assert(
      fc.property(fc.array(fc.tuple(token, quoted), { minLength: 1, maxLength: 5 }), (hops) => {
        const field = hops
          .map(([proto, host]) => `proto=${proto};host="${host.replaceAll(/["\\]/g, '\\$&')}"`)
          .join(', ')
        expect(parseForwarded(field).map(({ proto, host }) => [proto, host])).toEqual(hops)
      }),
    )
  })

  it('answers anything with elements or a 400, never with another error', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('f', 'o', 'r', '=', '"', '\\', ',', ';', ' ', '[', ':', '1', '.') }),
        (field) => {
          try {
            parseForwarded(field)
          } catch (error) {
            expect(error).toBeInstanceOf(HttpError)
          }
        },
      ),
    )
  })
})
