import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readProxyHeader } from '../../../packages/server/src/proxy/proxy-protocol.ts'

const SIGNATURE = '0d0a0d0a000d0a515549540a'

/** A header of version 2 from hexadecimal parts: command, family, addresses and TLVs. */
function v2(command: string, family: string, payload: string): Buffer {
  const body = Buffer.from(payload, 'hex')
  const length = body.length.toString(16).padStart(4, '0')
  return Buffer.concat([Buffer.from(SIGNATURE + command + family + length, 'hex'), body])
}

const V4 = v2('21', '11', '01020304' + '0a000001' + '1f90' + '01bb')
const V6 = v2('21', '21', `20010db8${'0'.repeat(23)}7${'0'.repeat(31)}11f9001bb`)

describe('version 1 (§2.1)', () => {
  it.each<[string, string, unknown]>([
    [
      'TCP4',
      'PROXY TCP4 1.2.3.4 10.0.0.1 8080 443\r\n',
      { remoteAddr: '1.2.3.4', remotePort: '8080', localAddr: '10.0.0.1', localPort: '443' },
    ],
    [
      'TCP6',
      'PROXY TCP6 2001:db8::7 ::1 8080 443\r\n',
      { remoteAddr: '2001:db8::7', remotePort: '8080', localAddr: '::1', localPort: '443' },
    ],
    ['UNKNOWN', 'PROXY UNKNOWN\r\n', undefined],
    ['UNKNOWN with addresses, which are ignored', 'PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n', undefined],
  ])('reads %s', (_, line, peer) => {
    expect(readProxyHeader(Buffer.from(`${line}GET / HTTP/1.1\r\n`))).toEqual({ length: line.length, peer })
  })

  it.each([
    'PROXY TCP4 1.2.3.4 10.0.0.1 8080\r\n',
    'PROXY TCP4 1.2.3.4 10.0.0.1 8080 65536\r\n',
    'PROXY TCP4 1.2.3.4 10.0.0.1 08080 443\r\n',
    'PROXY TCP4 1.2.3.4  10.0.0.1 8080 443\r\n',
    'PROXY TCP4 ::1 ::1 8080 443\r\n',
    'PROXY TCP6 1.2.3.4 10.0.0.1 8080 443\r\n',
    'PROXY TCP5 1.2.3.4 10.0.0.1 8080 443\r\n',
    'PROXY UNKNOWNX\r\n',
    'proxy TCP4 1.2.3.4 10.0.0.1 8080 443\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    `PROXY UNKNOWN ${'x'.repeat(100)}\r\n`,
    `PROXY UNKNOWN ${'x'.repeat(100)}`,
  ])('refuses %j', (line) => {
    expect(() => readProxyHeader(Buffer.from(line))).toThrow(/PROXY/)
  })
})

describe('version 2 (§2.2)', () => {
  it('reads IPv4 in IPv6 as IPv4, as version 1 does (RFC 4291 §2.5.5.2)', () => {
    const mapped = (address: string) => `${'0'.repeat(20)}ffff${address}`
    const peer = { remoteAddr: '1.2.3.4', remotePort: '8080', localAddr: '10.0.0.1', localPort: '443' }
    expect(readProxyHeader(v2('21', '21', `${mapped('01020304')}${mapped('0a000001')}1f9001bb`))?.peer).toEqual(peer)
    expect(readProxyHeader(Buffer.from('PROXY TCP6 ::ffff:1.2.3.4 ::ffff:10.0.0.1 8080 443\r\n'))?.peer).toEqual(peer)
  })

  it('reads IPv4, and passes over TLVs', () => {
    const header = v2('21', '11', '01020304' + '0a000001' + '1f90' + '01bb' + '040002aabb' + 'ea0000')
    const peer = { remoteAddr: '1.2.3.4', remotePort: '8080', localAddr: '10.0.0.1', localPort: '443' }
    expect(readProxyHeader(V4)).toEqual({ length: V4.length, peer })
    expect(readProxyHeader(Buffer.concat([header, Buffer.from('GET')]))).toEqual({ length: header.length, peer })
  })

  it('reads IPv6', () => {
    const peer = { remoteAddr: '2001:db8::7', remotePort: '8080', localAddr: '::1', localPort: '443' }
    expect(readProxyHeader(V6)).toEqual({ length: V6.length, peer })
  })

  it.each([
    ['LOCAL, a health check', v2('20', '00', '')],
    ['AF_UNSPEC', v2('21', '00', '')],
    ['LOCAL, whatever its family and addresses say', v2('20', '77', '0300')],
    ['AF_UNSPEC with octets of an unknown kind', v2('21', '00', '0300')],
    ['a unix socket', v2('21', '31', '00'.repeat(216))],
    ['a unix socket, with TLVs', v2('21', '32', `${'00'.repeat(216)}040000`)],
    ['a datagram', v2('21', '12', '00'.repeat(12))],
    ['a datagram over IPv6', v2('21', '22', '00'.repeat(36))],
  ])('takes %s for the proxy itself', (_, header) => {
    expect(readProxyHeader(header)).toEqual({ length: header.length, peer: undefined })
  })

  it.each([
    ['an unknown version', v2('31', '11', '00'.repeat(12))],
    ['an unknown command', v2('22', '11', '00'.repeat(12))],
    ['version 1 in the form of version 2', v2('11', '11', '00'.repeat(12))],
    ['an unknown family', v2('21', '41', '00'.repeat(216))],
    ['an unknown transport', v2('21', '13', '00'.repeat(12))],
    ['addresses that are cut', v2('21', '11', '00'.repeat(11))],
    ['IPv6 addresses that are cut', v2('21', '21', '00'.repeat(35))],
    ['a unix socket that is cut', v2('21', '31', '00'.repeat(215))],
    ['more than any proxy sends', v2('21', '11', '00'.repeat(5000))],
  ])('refuses %s', (_, header) => {
    expect(() => readProxyHeader(header)).toThrow(/PROXY/)
  })
})

describe('the TLVs of version 2 (§2.2)', () => {
  /** CRC-32C of the header below, computed with another implementation. */
  const checksum = 'fc3d1790'
  const withTlvs = (tlvs: string) => v2('21', '11', `010203040a0000011f9001bb${tlvs}`)

  it('are passed over where their checksum is right, wherever it stands', () => {
    const header = withTlvs(`040001aa030004${checksum}`)
    expect(readProxyHeader(header)).toMatchObject({ length: header.length, peer: { remoteAddr: '1.2.3.4' } })
  })

  it.each([
    ['a checksum that is wrong', '030004aabbccdd'],
    ['a checksum of another header', `040001ab030004${checksum}`],
    ['a checksum that is too short', '030003aabbcc'],
    ['a type alone', '04'],
    ['a length that is cut', '0400'],
    ['a value that is cut', '040003aabb'],
    ['a second one that is cut', '040000040001'],
  ])('are refused for %s', (_, tlvs) => {
    expect(() => readProxyHeader(withTlvs(tlvs))).toThrow(/PROXY/)
  })
})

it.each([
  ['a line', Buffer.from('PROXY TCP4 1.2.3.4 10.0.0.1 8080 443\r\n')],
  ['version 2', V4],
  ['version 2 with IPv6', V6],
])('waits for the rest of %s, wherever it is cut', (_, header) => {
  for (let i = 0; i < header.length; i++) expect(readProxyHeader(header.subarray(0, i))).toBeUndefined()
})

it('answers any octets with a header, more please, or an error of its own', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('PROXY ', Buffer.from(SIGNATURE, 'hex')),
      fc.uint8Array({ maxLength: 200 }),
      (start, rest) => {
        try {
          readProxyHeader(Buffer.concat([Buffer.from(start as string), rest]))
        } catch (error) {
          expect((error as Error).message).toContain('PROXY')
        }
      },
    ),
  )
})
