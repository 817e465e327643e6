/** Addresses as an application should see them. Knows no socket; asked by transports. */

/** An IPv4 client of a dual-stack listener is an IPv4 client (RFC 4291 §2.5.5.2). @returns `''` for no address. */
export function plainAddress(address: string | undefined): string {
  const [, dotted, high = '', low = ''] = MAPPED.exec(address ?? '') ?? []
  if (dotted === undefined && high === '') return address ?? ''
  return dotted ?? [...octetsOf(high), ...octetsOf(low)].join('.')
}

const MAPPED = /^::ffff:(?:([0-9.]+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i

function octetsOf(group: string): [number, number] {
  const value = Number.parseInt(group, 16)
  return [value >> 8, value & 0xff]
}
