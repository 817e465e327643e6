/** What one client can reach through a proxy that the operator trusts: never more than the proxy says itself. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HttpError } from '../../../packages/server/src/http1/errors.ts'
import { readForwarded } from '../../../packages/server/src/proxy/forwarded.ts'
import {
  DEFAULT_FORWARDED_FIELDS,
  ForwardedTrust,
  parseForwardedFields,
} from '../../../packages/server/src/proxy/forwarded-trust.ts'

const PROXY = '127.0.0.1'
const CLIENT = '127.0.0.2'
const HOST = 'shop.example'

type Seen =
  | { addr: string; port: string; scheme: string | undefined; host: string | undefined; headers: string[] }
  | 400

function read(headers: readonly string[], trust: ForwardedTrust, peer = PROXY): Seen {
  try {
    const seen = readForwarded(headers, peer, '50000', trust)
    const names = seen.headers.filter((_, i) => i % 2 === 0)
    const host = seen.headers[names.findIndex((name) => /^host$/i.test(name)) * 2 + 1]
    return { addr: seen.remoteAddr, port: seen.remotePort, scheme: seen.scheme, host, headers: [...seen.headers] }
  } catch (error) {
    expect(error).toBeInstanceOf(HttpError)
    return 400
  }
}

type Field = readonly [name: string, value: string]

/**
 * The usual three lines: Host, X-Forwarded-For with the peer's address at its end, X-Forwarded-Proto. Everything else
 * passes as the client wrote it. nginx joins X-Forwarded-For into one line, HAProxy adds a line, and some replace it.
 */
const PROXIES: Readonly<Record<string, (client: readonly Field[]) => Field[]>> = {
  nginx: (client) => {
    const given = client.filter(([name]) => /^x-forwarded-for$/i.test(name)).map(([, value]) => value)
    return threeLines(client, [['X-Forwarded-For', [...given, CLIENT].join(', ')]])
  },
  haproxy: (client) => {
    const given = client.filter(([name]) => /^x-forwarded-for$/i.test(name))
    return threeLines(client, [...given, ['X-Forwarded-For', CLIENT]])
  },
  replacing: (client) => threeLines(client, [['X-Forwarded-For', CLIENT]]),
}

function threeLines(client: readonly Field[], addresses: readonly Field[]): Field[] {
  const rest = client.filter(([name]) => !/^(?:host|x-forwarded-(?:for|proto))$/i.test(name))
  return [['Host', HOST], ...rest, ...addresses, ['X-Forwarded-Proto', 'https']]
}

/** Whatever a client could think of in these fields. */
const node = fc.oneof(
  fc.constantFrom(
    PROXY,
    CLIENT,
    '::1',
    '[::1]',
    '"[::1]:80"',
    'unknown',
    '_x',
    '"127.0.0.1:1"',
    '::ffff:127.0.0.1',
    '',
  ),
  fc.ipV4(),
  fc.ipV6(),
)
const pair = fc.oneof(
  node.map((value) => `for=${value}`),
  fc.constantFrom(
    'by=x',
    'proto=http',
    'proto=https',
    'proto=wss',
    'host=evil.example',
    'secret=x',
    `for=${CLIENT}`,
    '',
  ),
)
const forwarded = fc
  .array(
    fc.array(pair, { minLength: 1, maxLength: 3 }).map((pairs) => pairs.join(';')),
    { maxLength: 3 },
  )
  .map((elements) => elements.join(', '))
const anything = fc.string({
  unit: fc.constantFrom('f', 'o', 'r', '=', '"', '\\', ',', ';', ' ', '[', ']', ':', '1', '.'),
  maxLength: 20,
})
const field: fc.Arbitrary<Field> = fc.oneof(
  fc.tuple(
    fc.constantFrom('Forwarded', 'forwarded', 'FORWARDED'),
    fc.oneof({ weight: 4, arbitrary: forwarded }, anything),
  ),
  fc.tuple(fc.constantFrom('X-Forwarded-For', 'x-forwarded-for'), fc.oneof(node, anything)),
  fc.tuple(fc.constantFrom('X-Forwarded-Proto'), fc.constantFrom('http', 'https', 'ws', 'gopher', 'http, https')),
  fc.tuple(fc.constantFrom('X-Forwarded-Host', 'x-forwarded-host'), fc.constantFrom('evil.example', 'a b', HOST, '')),
  fc.tuple(fc.constantFrom('X-Forwarded', 'X-Forwarded-Server', 'X-Forwarded-Port', 'Forwarded-For'), anything),
)

describe.each(Object.entries(PROXIES))('behind a proxy with the usual three lines (%s)', (_, pass) => {
  it.each([[[PROXY]], [['*']], [[PROXY, '::1', '10.0.0.0/8']]])(
    'a client of %j stays itself, with the scheme and the host of the proxy, or gets 400',
    (peers) => {
      const trust = new ForwardedTrust({ peers })
      fc.assert(
        fc.property(fc.array(field, { maxLength: 4 }), (sent) => {
          const seen = read(pass(sent).flat(), trust)
          if (seen !== 400) expect([seen.addr, seen.port, seen.scheme, seen.host]).toEqual([CLIENT, '', 'https', HOST])
        }),
        { numRuns: 2000 },
      )
    },
  )

  it('no application sees a host that the client wrote into one of these fields', () => {
    const trust = new ForwardedTrust({ peers: [PROXY] })
    fc.assert(
      fc.property(fc.array(field, { maxLength: 4 }), (sent) => {
        const seen = read(pass(sent).flat(), trust)
        if (seen !== 400) expect(seen.headers.join('\n')).not.toContain('evil.example')
      }),
    )
  })

  it.each([
    ['by=x', 400],
    ['proto=http', 400],
    ['secret=x', 400],
    ['host=evil.example', 400],
    ['for=127.0.0.1', 400],
    ['for=127.0.0.2, by=x', 400],
    ['for=127.0.0.2, for=127.0.0.1', 400],
    ['by=x, for=127.0.0.2', 400],
    ['for=unknown', 400],
    ['for=_x', 400],
    ['for="127.0.0.2:7";host=evil.example', 400],
    ['for=127.0.0.2;proto=http', 400],
    ['for=127.0.0.2;proto=https', CLIENT],
    ['for="127.0.0.2:7";proto=wss;host=evil.example', CLIENT],
    [', ,', CLIENT],
    ['', CLIENT],
    ['for', 400],
  ])('one header Forwarded: %s gives %s', (value, expected) => {
    const seen = read(pass([['Forwarded', value]]).flat(), new ForwardedTrust({ peers: [PROXY] }))
    expect(seen === 400 ? 400 : seen.addr).toBe(expected)
  })
})

describe('a proxy that writes Forwarded, and passes the older fields', () => {
  const trust = new ForwardedTrust({ peers: [PROXY] })
  const written = ['Host', HOST, 'Forwarded', `for=${CLIENT};proto=https`]

  it.each([
    [['X-Forwarded-For', PROXY], 400],
    [['X-Forwarded-For', CLIENT], 400],
    [['X-Forwarded-Proto', 'https'], 400],
    [['X-Forwarded-For', '1.1.1.1', 'X-Forwarded-For', CLIENT, 'X-Forwarded-Proto', 'https'], CLIENT],
    [['X-Forwarded-Host', 'evil.example'], CLIENT],
  ])('%j gives %s', (sent, expected) => {
    const seen = read([...sent, ...written], trust)
    expect(seen === 400 ? 400 : seen.addr).toBe(expected)
  })
})

describe('--forwarded-fields', () => {
  const trustIn = (fields: string) => new ForwardedTrust({ peers: [PROXY], fields: parseForwardedFields(fields) })
  const all = ['Host', 'inner', 'Forwarded', 'for=1.1.1.1;proto=http;host=a.example', 'X-Forwarded-For', '2.2.2.2']
  all.push('X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'b.example', 'X-Forwarded-Port', '8443')

  it.each<[string, string, string | undefined, string, string[]]>([
    ['x-forwarded-for', '2.2.2.2', undefined, 'inner', ['Host', 'X-Forwarded-For']],
    ['x-forwarded-proto', PROXY, 'https', 'inner', ['Host', 'X-Forwarded-Proto']],
    ['x-forwarded-host', PROXY, undefined, 'b.example', ['Host', 'X-Forwarded-Host']],
    ['x-forwarded-port', PROXY, undefined, 'inner', ['Host', 'X-Forwarded-Port']],
    [
      'X-Forwarded-For, X-Forwarded-Host',
      '2.2.2.2',
      undefined,
      'b.example',
      ['Host', 'X-Forwarded-For', 'X-Forwarded-Host'],
    ],
    ['forwarded', '1.1.1.1', 'http', 'inner', ['Host']],
    ['forwarded:host', '1.1.1.1', 'http', 'a.example', ['Host', 'Forwarded']],
    ['forwarded,x-forwarded-host', '1.1.1.1', 'http', 'b.example', ['Host', 'X-Forwarded-Host']],
  ])('%s reads that and hides the rest', (fields, addr, scheme, host, names) => {
    const seen = read(all, trustIn(fields))
    expect(seen).toMatchObject({ addr, scheme, host })
    expect(seen === 400 ? [] : seen.headers.filter((_, i) => i % 2 === 0)).toEqual(names)
  })

  it.each(['forwarded,x-forwarded-for', 'forwarded,x-forwarded-proto', 'forwarded:host,x-forwarded-host'])(
    '%s refuses what differs in what both say',
    (fields) => expect(read(all, trustIn(fields))).toBe(400),
  )

  it.each(['', 'for', 'x-real-ip', 'host', 'x-forwarded-', 'forwarded:for', 'x-forwarded-for;', 'forwarded-for'])(
    'refuses the name %j',
    (name) => expect(() => parseForwardedFields(name)).toThrow('must be forwarded, forwarded:host, x-forwarded-for'),
  )

  it('is everything but the host by default', () => {
    expect(DEFAULT_FORWARDED_FIELDS).toEqual(['forwarded', 'x-forwarded-for', 'x-forwarded-proto'])
  })
})

describe('the walk over several proxies', () => {
  it.each<[string[], string, string]>([
    [['10.0.0.0/8', PROXY], '1.1.1.1, 2.2.2.2, 10.0.0.9', '2.2.2.2'],
    [['10.0.0.0/8', PROXY], '10.0.0.8, 10.0.0.9', '10.0.0.8'],
    [['*'], '1.1.1.1, 10.0.0.9', '10.0.0.9'],
    [['*', '10.0.0.0/8'], '1.1.1.1, 2.2.2.2, 10.0.0.9', '2.2.2.2'],
    [['unix', PROXY], '2.2.2.2, unix:', '2.2.2.2'],
    [[PROXY], '2.2.2.2, unix:', ''],
    [[PROXY], '2.2.2.2, unknown', 'unknown'],
    [['fe80::/10', PROXY], '2.2.2.2, fe80::1%eth0.100', '2.2.2.2'],
    [['::ffff:10.0.0.0/104', PROXY], '2.2.2.2, ::ffff:10.0.0.9', '2.2.2.2'],
  ])('peers %j: %s is %j', (peers, addresses, client) => {
    const seen = read(['Host', HOST, 'X-Forwarded-For', addresses], new ForwardedTrust({ peers }))
    expect(seen === 400 ? 400 : seen.addr).toBe(client)
  })

  it('takes scheme and port of the hop that it ends at', () => {
    const forwarded = 'for="1.1.1.1:1";proto=http, for="2.2.2.2:_port";proto=wss, for="10.0.0.9:3";proto=http'
    const trust = new ForwardedTrust({ peers: ['10.0.0.0/8', PROXY] })
    expect(read(['Host', HOST, 'Forwarded', forwarded], trust)).toMatchObject({
      addr: '2.2.2.2',
      port: '',
      scheme: 'https',
    })
    const plain = forwarded.replace('_port', '4711')
    expect(read(['Host', HOST, 'Forwarded', plain], trust)).toMatchObject({ addr: '2.2.2.2', port: '4711' })
  })
})

describe('fields of a peer that is not trusted', () => {
  it.each([
    ['127.0.0.1', 'X-Forwarded-For of 127.0.0.1 was dropped; --forwarded-allow-ips 127.0.0.1 believes it'],
    ['172.17.0.1', 'X-Forwarded-For of 172.17.0.1 was dropped; --forwarded-allow-ips 172.17.0.1 believes it'],
    ['fd00::2', 'X-Forwarded-For of fd00::2 was dropped; --forwarded-allow-ips fd00::2 believes it'],
    ['', 'X-Forwarded-For of a unix socket was dropped; --forwarded-allow-ips unix believes it'],
  ])('of %j are worth one line, once', (peer, line) => {
    const lines: string[] = []
    const trust = new ForwardedTrust({ peers: ['203.0.113.1'], notice: (text) => lines.push(text) })
    for (let i = 0; i < 3; i++) read(['Host', HOST, 'X-Forwarded-For', '1.1.1.1', 'Forwarded', 'x'], trust, peer)
    expect(lines).toEqual([line])
  })

  it('of a stranger on the internet are no news', () => {
    const lines: string[] = []
    const trust = new ForwardedTrust({ peers: [], notice: (text) => lines.push(text) })
    read(['Host', HOST, 'X-Forwarded-For', '1.1.1.1'], trust, '203.0.113.9')
    expect(lines).toEqual([])
  })
})
