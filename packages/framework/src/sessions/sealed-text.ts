/**
 * Text that only we can write, and, where it is wished, only we can read: AES-256-GCM by WebCrypto, with a key derived from
 * each secret by HKDF. The first key seals, all of them open. Knows bytes; knows nothing of sessions.
 */

export class Sealer {
  readonly #secrets: readonly string[]
  #keys: Promise<readonly CryptoKey[]> | undefined

  /** @param secrets of at least 32 bytes each; the newest first. */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets
  }

  /** @param purpose is bound to the text: it opens under the same one only. */
  async seal(text: string, purpose: string): Promise<string> {
    const [key] = await this.#imported()
    if (key === undefined) throw new TypeError('there is no key')
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: utf8(purpose) }, key, utf8(text))
    const bytes = new Uint8Array(IV_BYTES + sealed.byteLength)
    bytes.set(iv)
    bytes.set(new Uint8Array(sealed), IV_BYTES)
    return toBase64Url(bytes)
  }

  /** @returns undefined for what none of our keys has sealed for this purpose. */
  async open(sealed: string, purpose: string): Promise<string | undefined> {
    const bytes = fromBase64Url(sealed)
    if (bytes === undefined || bytes.length <= IV_BYTES) return undefined
    const parameters = { name: 'AES-GCM', iv: bytes.subarray(0, IV_BYTES), additionalData: utf8(purpose) }
    for (const key of await this.#imported()) {
      try {
        return new TextDecoder().decode(await crypto.subtle.decrypt(parameters, key, bytes.subarray(IV_BYTES)))
      } catch {
        // Sealed by another key, or forged: try the next key.
      }
    }
    return undefined
  }

  #imported(): Promise<readonly CryptoKey[]> {
    this.#keys ??= Promise.all(this.#secrets.map(derivedKey))
    return this.#keys
  }
}

const IV_BYTES = 12

/** A secret signs cookies too: a key for another use must be another one. */
async function derivedKey(secret: string): Promise<CryptoKey> {
  const whole = await crypto.subtle.importKey('raw', utf8(secret), 'HKDF', false, ['deriveKey'])
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info: utf8('tsgi sealed text') }
  return crypto.subtle.deriveKey(parameters, whole, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

/** Base64 in the alphabet of URLs, without padding (RFC 4648 §5). */
export function toBase64Url(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return undefined
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
}
