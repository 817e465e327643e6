/** Addresses as an application should see them. Knows no socket; asked by transports. */

/** An IPv4 client of a dual-stack listener is an IPv4 client (RFC 4291 §2.5.5.2). @returns `''` for no address. */
export function plainAddress(address: string | undefined): string {
  return address?.replace(/^::ffff:(?=[0-9.]+$)/i, '') ?? ''
}
