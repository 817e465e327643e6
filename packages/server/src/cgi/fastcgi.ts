/**
 * FastCGI (specification 1.0): records in, records out; names and values in PARAMS. Knows bytes; does no I/O, and knows
 * nothing of what a request is.
 */
import { ByteGatherer, ProtocolError } from './block.ts'
import type { Variables } from './variables.ts'

/** §8: the types of records that are read or written here. */
export const RECORD = {
  beginRequest: 1,
  abortRequest: 2,
  endRequest: 3,
  params: 4,
  stdin: 5,
  stdout: 6,
  data: 8,
  getValues: 9,
  getValuesResult: 10,
  unknownType: 11,
} as const

/** §5.5: how a request has ended. */
export const ENDED = { complete: 0, cannotMultiplex: 1, overloaded: 2, unknownRole: 3 } as const

/** §6: the role of a web application. */
export const RESPONDER = 1

export interface FastcgiRecord {
  readonly type: number
  /** 0 for records that manage the connection. */
  readonly id: number
  readonly content: Buffer
}

const HEAD_BYTES = 8
const VERSION = 1
/** The most that a record of ours holds: a multiple of eight, so that it needs no padding. */
export const MAX_CONTENT_BYTES = 65_528

/** One record after the other, whose bytes arrive in any pieces. */
export class RecordReader {
  #head = new ByteGatherer(HEAD_BYTES)
  #body: ByteGatherer | undefined
  #hasBegun = false

  /** Whether no byte of the next record has come. */
  get idle(): boolean {
    return !this.#hasBegun
  }

  /**
   * Takes bytes from `from` on, of one record at most.
   * @returns the index after the last byte taken, and the record once it is complete.
   * @throws ProtocolError
   */
  read(bytes: Buffer, from: number): { readonly end: number; readonly record: FastcgiRecord | undefined } {
    if (from === bytes.length) return { end: from, record: undefined }
    if (!this.#hasBegun && bytes[from] !== VERSION) throw new ProtocolError('this is no FastCGI record')
    this.#hasBegun = true
    let end = this.#head.take(bytes, from)
    const head = this.#head.bytes
    if (head === undefined) return { end, record: undefined }
    const length = head.readUInt16BE(4)
    this.#body ??= new ByteGatherer(length + head.readUInt8(6))
    end = this.#body.take(bytes, end)
    const body = this.#body.bytes
    if (body === undefined) return { end, record: undefined }
    this.#head = new ByteGatherer(HEAD_BYTES)
    this.#body = undefined
    this.#hasBegun = false
    return { end, record: { type: head.readUInt8(1), id: head.readUInt16BE(2), content: body.subarray(0, length) } }
  }
}

/** §3.4: pairs with lengths of one byte, or of four with the highest bit set. @throws ProtocolError */
export function readPairs(block: Buffer): Variables {
  const variables: string[] = []
  let at = 0
  const length = (): number => {
    const short = block[at] ?? 0
    const size = short < 0x80 ? 1 : 4
    if (at + size > block.length) throw new ProtocolError('a FastCGI length is cut')
    const value = size === 1 ? short : block.readUInt32BE(at) & 0x7fff_ffff
    at += size
    return value
  }
  while (at < block.length) {
    const [name, value] = [length(), length()]
    if (at + name + value > block.length) throw new ProtocolError('a FastCGI variable is longer than its stream')
    variables.push(block.toString('latin1', at, at + name), block.toString('latin1', at + name, at + name + value))
    at += name + value
  }
  return variables
}

/** The head of a record, as latin-1 text. @param length of its content, at most 65,535 bytes. */
export function recordHead(type: number, id: number, length: number): string {
  return String.fromCharCode(VERSION, type, id >> 8, id & 0xff, length >> 8, length & 0xff, 0, 0)
}

/** A whole record, as latin-1 text. */
export function record(type: number, id: number, content: string): string {
  return recordHead(type, id, content.length) + content
}

/** §5.5. @param status one of `ENDED`. */
export function endRequest(id: number, status: number): string {
  return record(RECORD.endRequest, id, `\0\0\0\0${String.fromCharCode(status)}\0\0\0`)
}

/**
 * No record of any version. A front that reads it knows that the response before it is incomplete, on a unix socket too,
 * where no RST can tell. END_REQUEST can not: fronts take every one for the end of a complete response.
 */
export const POISON = '\xff'.repeat(HEAD_BYTES)

/** §4.1: what a front asks of the connection, and what is said to it. Unknown names stay without an answer. */
export function valuesResult(asked: Variables, values: ReadonlyMap<string, string>): string {
  let content = ''
  for (let i = 0; i < asked.length; i += 2) {
    const name = asked[i] ?? ''
    const value = values.get(name)
    if (value !== undefined) content += String.fromCharCode(name.length, value.length) + name + value
  }
  return record(RECORD.getValuesResult, 0, content)
}

/** §4.2 */
export function unknownType(type: number): string {
  return record(RECORD.unknownType, 0, `${String.fromCharCode(type)}\0\0\0\0\0\0\0`)
}
