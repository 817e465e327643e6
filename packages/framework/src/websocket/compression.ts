/**
 * permessage-deflate (RFC 7692): its negotiation. Neither side keeps a window between messages, so a connection that is
 * idle holds nothing. The compressor itself is `#deflate`: Node's, or none. Knows headers and bytes only.
 */
import { compress, inflate, isAvailable } from '#deflate'

/** Undoes compression. @returns why not, where it fails. */
export type Inflate = (data: Uint8Array, maxBytes: number) => Uint8Array | 'too large' | 'malformed'

/** A compression that both sides agreed upon. */
export interface Compression {
  /** The `Sec-WebSocket-Extensions` of the response. */
  readonly header: string
  readonly inflate: Inflate
  /** @returns undefined where compressing does not pay. */
  compress(data: Uint8Array): Uint8Array | undefined
}

/** Messages outside of these sizes are sent as they are: they would gain nothing, or hold up others. */
const MIN_COMPRESSED_BYTES = 1024
const MAX_COMPRESSED_BYTES = 2 ** 20

/** @param offers `Sec-WebSocket-Extensions` of the client. @returns undefined where it offers nothing that we can do. */
export function negotiateCompression(offers: string): Compression | undefined {
  if (!isAvailable) return undefined
  for (const offer of offers.split(',')) {
    const windowBits = windowBitsOf(offer)
    if (windowBits === undefined) continue
    const window = windowBits === 15 ? '' : `; server_max_window_bits=${windowBits}`
    return {
      header: `permessage-deflate; server_no_context_takeover; client_no_context_takeover${window}`,
      inflate,
      compress: (data) => {
        if (data.length < MIN_COMPRESSED_BYTES || data.length > MAX_COMPRESSED_BYTES) return undefined
        const small = compress(data, windowBits)
        return small.length < data.length ? small : undefined
      },
    }
  }
  return undefined
}

/**
 * The window that an offer leaves to a server (RFC 7692 §7.1). @returns undefined for an offer that must be declined:
 * an unknown, repeated or malformed parameter, or a window of 8 bits, which zlib cannot make.
 */
function windowBitsOf(offer: string): number | undefined {
  const [name, ...parameters] = offer.split(';').map((part) => part.trim())
  if (name?.toLowerCase() !== 'permessage-deflate') return undefined
  const seen = new Set<string>()
  let windowBits = 15
  for (const parameter of parameters) {
    const [key = '', value] = parameter.split('=').map((part) => part.trim())
    if (seen.has(key)) return undefined
    seen.add(key)
    const bits = value === undefined ? undefined : bitsOf(value)
    if (key === 'server_max_window_bits' && bits !== undefined && bits > 8) windowBits = bits
    else if (key === 'client_max_window_bits' && (value === undefined || bits !== undefined)) continue
    else if (!key.endsWith('_no_context_takeover') || !/^(?:server|client)_no/.test(key) || value !== undefined)
      return undefined
  }
  return windowBits
}

/** A token or a quoted string of 8 to 15, without a leading zero. */
function bitsOf(value: string): number | undefined {
  const digits = /^(?:"(\d{1,2})"|(\d{1,2}))$/.exec(value)
  const text = digits?.[1] ?? digits?.[2] ?? ''
  return /^(?:[89]|1[0-5])$/.test(text) ? Number(text) : undefined
}
