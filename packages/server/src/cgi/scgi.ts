/**
 * SCGI: variables as a netstring of NUL-terminated texts, CONTENT_LENGTH first. One request per connection; a response
 * begins with `Status:` (Apache answers 500 to a status line). Knows bytes; does no I/O.
 */
import type { Limits } from '../http1/limits.ts'
import { type BlockReader, ByteGatherer, maxBlockBytes, ProtocolError } from './block.ts'
import type { Variables } from './variables.ts'

const ZERO = 0x30
const COLON = 0x3a
const COMMA = 0x2c

export class ScgiReader implements BlockReader {
  readonly #maxBytes: number
  #length = 0
  #digits = 0
  #block: ByteGatherer | undefined
  variables: Variables | undefined

  constructor(limits: Limits) {
    this.#maxBytes = maxBlockBytes(limits)
  }

  get idle(): boolean {
    return this.#digits === 0
  }

  read(bytes: Buffer, from: number): number {
    let at = from
    while (this.#block === undefined && at < bytes.length) this.#readLength(bytes[at++] ?? 0)
    if (this.#block === undefined || this.variables !== undefined) return at
    at = this.#block.take(bytes, at)
    const block = this.#block.bytes
    if (block !== undefined) this.variables = variablesOf(block)
    return at
  }

  #readLength(byte: number): void {
    if (byte === COLON && this.#digits > 0) {
      this.#block = new ByteGatherer(this.#length + 1)
      return
    }
    const digit = byte - ZERO
    // "0:," would be no request; a leading zero is no netstring.
    if (digit < 0 || digit > 9 || (this.#digits === 0 && digit === 0))
      throw new ProtocolError('this is no SCGI request')
    this.#digits++
    this.#length = this.#length * 10 + digit
    if (this.#length > this.#maxBytes) throw new ProtocolError('an SCGI request whose variables are too long')
  }
}

function variablesOf(block: Buffer): Variables {
  const end = block.length - 1
  if (block[end] !== COMMA || block[end - 1] !== 0) throw new ProtocolError('an SCGI netstring that does not end')
  const variables = block.toString('latin1', 0, end - 1).split('\0')
  if (variables.length % 2 === 1) throw new ProtocolError('an SCGI netstring ends in a name without a value')
  if (variables[0] !== 'CONTENT_LENGTH') throw new ProtocolError('an SCGI request does not begin with CONTENT_LENGTH')
  return variables
}
