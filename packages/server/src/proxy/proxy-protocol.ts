/**
 * The PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt §2): bytes in, addresses out. Does no I/O.
 * The header must be there: a receiver that guessed could be talked into believing a client (§2, "MUST not try to guess").
 */
import { isIP } from 'node:net'
import { plainAddress } from '@tsgi/gateways/exchange'

/** The client and the address that the proxy names. */
export interface ProxiedPeer {
  readonly remoteAddr: string
  readonly remotePort: string
  readonly localAddr: string
  readonly localPort: string
}

/** A whole header: its length in bytes, and the peer; `undefined` when the proxy speaks for itself (LOCAL, UNKNOWN, unix). */
export interface ProxyHeader {
  readonly length: number
  readonly peer: ProxiedPeer | undefined
}

/**
 * Reads the header that a connection begins with.
 * @returns `undefined` while bytes are missing.
 * @throws Error at the first byte that cannot belong to a header.
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  const begun = bytes.subarray(0, SIGNATURE.length)
  if (begun.equals(SIGNATURE.subarray(0, begun.length)))
    return begun.length < SIGNATURE.length ? undefined : readV2(bytes)
  if (!PREFIX.startsWith(bytes.toString('latin1', 0, PREFIX.length))) throw new Error('no PROXY header')
  return readV1(bytes)
}

const PREFIX = 'PROXY '
/** §2.2: twelve bytes that no other protocol begins with. */
const SIGNATURE = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a])
/** §2.1: the longest line of version 1, with its CRLF. */
const MAX_V1_BYTES = 107
/** Addresses take 36 bytes, TLVs the rest; far more than any proxy sends, far less than the 64 KiB a field could say. */
const MAX_V2_BYTES = 4096

function readV1(bytes: Buffer): ProxyHeader | undefined {
  const end = bytes.indexOf('\r\n')
  if (end === -1 || end + 2 > MAX_V1_BYTES) {
    if (bytes.length >= MAX_V1_BYTES) throw new Error('a PROXY line that is too long')
    return undefined
  }
  const line = bytes.toString('latin1', 0, end)
  const length = end + 2
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return { length, peer: undefined }
  const [, family, remoteAddr = '', localAddr = '', remotePort = '', localPort = ''] = V1_LINE.exec(line) ?? []
  const version = family === 'TCP6' ? 6 : 4
  if (isIP(remoteAddr) !== version || isIP(localAddr) !== version || !isPort(remotePort) || !isPort(localPort)) {
    throw new Error('a PROXY line that is malformed')
  }
  return {
    length,
    peer: { remoteAddr: plainAddress(remoteAddr), remotePort, localAddr: plainAddress(localAddr), localPort },
  }
}

const V1_LINE = /^PROXY (TCP4|TCP6) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})$/

function isPort(text: string): boolean {
  return Number(text) <= 65_535
}

/** §2.2: signature, version and command, family, length, addresses, TLVs. */
function readV2(bytes: Buffer): ProxyHeader | undefined {
  if (bytes.length < 16) return undefined
  const command = bytes.readUInt8(12)
  if (command !== 0x20 && command !== 0x21) throw new Error('a PROXY header of an unknown version or command')
  const length = 16 + bytes.readUInt16BE(14)
  if (length > MAX_V2_BYTES) throw new Error('a PROXY header that is too long')
  if (bytes.length < length) return undefined
  // LOCAL: the proxy's own connection, a health check. "The receiver must … discard the protocol block."
  if (command === 0x20) return { length, peer: undefined }
  const family = bytes.readUInt8(13)
  const size = ADDRESS_SIZES.get(family)
  if (size === undefined) throw new Error('a PROXY header of an unknown family')
  if (family === UNSPECIFIED) return { length, peer: undefined }
  const end = 16 + size
  if (length < end) throw new Error('a PROXY header whose addresses are cut')
  checkTlvs(bytes.subarray(0, length), end)
  // Only addresses of TCP can be the client's: for datagrams and unix sockets the proxy speaks for itself.
  if (family !== TCP4 && family !== TCP6) return { length, peer: undefined }
  return { length, peer: addressesAt(bytes, family === TCP4 ? 4 : 16) }
}

const UNSPECIFIED = 0x00
const TCP4 = 0x11
const TCP6 = 0x21
/** Bytes of both addresses and ports, by family and transport. "Other values … must be rejected as invalid by receivers." */
const ADDRESS_SIZES: ReadonlyMap<number, number> = new Map([
  [UNSPECIFIED, 0],
  [TCP4, 12],
  [0x12, 12],
  [TCP6, 36],
  [0x22, 36],
  [0x31, 216],
  [0x32, 216],
])

function addressesAt(bytes: Buffer, size: 4 | 16): ProxiedPeer {
  const ports = 16 + 2 * size
  return {
    remoteAddr: addressAt(bytes, 16, size),
    remotePort: String(bytes.readUInt16BE(ports)),
    localAddr: addressAt(bytes, 16 + size, size),
    localPort: String(bytes.readUInt16BE(ports + 2)),
  }
}

function addressAt(bytes: Buffer, at: number, size: 4 | 16): string {
  if (size === 4) return [...bytes.subarray(at, at + 4)].join('.')
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(at + 2 * i).toString(16))
  // The usual shortening (RFC 5952), by the platform's own hand.
  return plainAddress(new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1))
}

/*
 * What may follow the addresses in a PROXY header of version 2: type, length, value (proxy-protocol.txt §2.2). Checked,
 * so that a header that was cut or damaged is believed in nothing, and then passed over: none of it is used here.
 */

/** §2.2.3: CRC-32C of the whole header, with the four bytes of the value taken as zero. */
const CRC32C = 0x03

/**
 * @param header the whole header.
 * @param from where its addresses end.
 * @throws Error where lengths do not add up, or the checksum is not that of the header.
 */
export function checkTlvs(header: Buffer, from: number): void {
  for (let at = from; at < header.length; ) {
    const value = at + 3
    const end = value <= header.length ? value + header.readUInt16BE(at + 1) : Number.POSITIVE_INFINITY
    if (end > header.length) throw new Error('a PROXY header whose TLVs are cut')
    if (header[at] === CRC32C) checkSum(header, value, end)
    at = end
  }
}

/** "If the checksum … is not what is expected, … the receiver MUST … abort the connection." */
function checkSum(header: Buffer, from: number, end: number): void {
  if (end - from !== 4) throw new Error('a PROXY header whose checksum is not of four bytes')
  const zeroed = Buffer.from(header)
  zeroed.fill(0, from, end)
  if (crc32c(zeroed) !== header.readUInt32BE(from)) throw new Error('a PROXY header whose checksum is wrong')
}

/** RFC 4960 appendix B. Byte by byte, bit by bit: a header is short, and comes once per connection. */
function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) * 0x82f63b78)
  }
  return ~crc >>> 0
}
