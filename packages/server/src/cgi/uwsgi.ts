/**
 * The uwsgi protocol: a head of four bytes, then variables with 16-bit lengths. One request per connection; a response
 * is that of HTTP, with a status line (Apache answers 502 to `Status:`). Knows bytes; does no I/O.
 */
import { type BlockReader, ByteGatherer, ProtocolError } from './block.ts'
import type { Variables } from './variables.ts'

const HEAD_BYTES = 4

export class UwsgiReader implements BlockReader {
  readonly #head = new ByteGatherer(HEAD_BYTES)
  #block: ByteGatherer | undefined
  idle = true
  variables: Variables | undefined

  read(bytes: Buffer, from: number): number {
    if (from === bytes.length || this.variables !== undefined) return from
    // modifier1: 0 is a request; anything else is another plugin of uWSGI, or another protocol.
    if (this.idle && bytes[from] !== 0) throw new ProtocolError('this is no uwsgi request')
    this.idle = false
    const at = this.#block === undefined ? this.#readHead(bytes, from) : from
    const end = this.#block?.take(bytes, at) ?? at
    const block = this.#block?.bytes
    if (block !== undefined) this.variables = variablesOf(block)
    return end
  }

  #readHead(bytes: Buffer, from: number): number {
    const at = this.#head.take(bytes, from)
    const head = this.#head.bytes
    if (head === undefined) return at
    if (head[3] !== 0) throw new ProtocolError('a uwsgi packet with an unknown modifier')
    this.#block = new ByteGatherer(head.readUInt16LE(1))
    return at
  }
}

function variablesOf(block: Buffer): Variables {
  const variables: string[] = []
  for (let at = 0; at < block.length; ) {
    const end = at + 2 <= block.length ? at + 2 + block.readUInt16LE(at) : Number.POSITIVE_INFINITY
    if (end > block.length) throw new ProtocolError('a uwsgi variable is longer than its packet')
    variables.push(block.toString('latin1', at + 2, end))
    at = end
  }
  if (variables.length % 2 === 1) throw new ProtocolError('a uwsgi packet ends in a name without a value')
  return variables
}
