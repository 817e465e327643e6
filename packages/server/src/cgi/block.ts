/**
 * What the readers of CGI-like protocols have in common: a block of variables whose bytes arrive in any pieces. Knows
 * bytes; knows no protocol and no variable.
 */
import type { Limits } from '../http1/limits.ts'
import type { Variables } from './variables.ts'

/** Reads the variables that a request begins with. */
export interface BlockReader {
  /** Whether no byte has come. */
  readonly idle: boolean
  /** All variables, once they are complete. */
  readonly variables: Variables | undefined
  /**
   * Takes bytes from `from` on.
   * @returns the index after the last byte taken: less than the length once the variables are complete.
   * @throws ProtocolError at the first byte that cannot belong to the protocol.
   */
  read(bytes: Buffer, from: number): number
}

/** The peer does not speak this protocol: nothing can be answered in it. `message` is fixed text. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
}

/** Variables beside the header fields: a target comes in up to four of them, and a front has variables of its own. */
const OWN_VARIABLES_BYTES = 32 * 1024

/** The longest block of variables. */
export function maxBlockBytes(limits: Limits): number {
  return limits.fields + 4 * limits.requestLine + OWN_VARIABLES_BYTES
}

/** Gathers a known number of bytes. */
export class ByteGatherer {
  readonly #bytes: Buffer
  #filled = 0

  constructor(length: number) {
    this.#bytes = Buffer.allocUnsafeSlow(length)
  }

  /** All bytes, once they are complete. */
  get bytes(): Buffer | undefined {
    return this.#filled === this.#bytes.length ? this.#bytes : undefined
  }

  /** @returns the index after the last byte taken. */
  take(from: Buffer, at: number): number {
    const copied = from.copy(this.#bytes, this.#filled, at)
    this.#filled += copied
    return at + copied
  }
}
