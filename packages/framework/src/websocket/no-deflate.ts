/** Where there is no zlib, nothing is compressed: `#deflate` of such a platform. */
export const isAvailable = false

export function compress(data: Uint8Array, _windowBits: number): Uint8Array {
  return data
}

export function inflate(_data: Uint8Array, _maxBytes: number): Uint8Array | 'too large' | 'malformed' {
  return 'malformed'
}
