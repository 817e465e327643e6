/**
 * What may follow the addresses in a PROXY header of version 2: type, length, value (proxy-protocol.txt §2.2). Checked,
 * so that a header that was cut or damaged is believed in nothing, and then passed over: none of it is used here.
 */

/** §2.2.3: CRC-32C of the whole header, with the four octets of the value taken as zero. */
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
  if (end - from !== 4) throw new Error('a PROXY header whose checksum is not of four octets')
  const zeroed = Buffer.from(header)
  zeroed.fill(0, from, end)
  if (crc32c(zeroed) !== header.readUInt32BE(from)) throw new Error('a PROXY header whose checksum is wrong')
}

/** RFC 4960 appendix B. Octet by octet, bit by bit: a header is short, and comes once per connection. */
function crc32c(octets: Buffer): number {
  let crc = 0xffffffff
  for (const octet of octets) {
    crc ^= octet
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) * 0x82f63b78)
  }
  return ~crc >>> 0
}
