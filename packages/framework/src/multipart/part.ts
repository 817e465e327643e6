/**
 * One part of a form while it comes in: what its head says, and its content, once, as the client sends it.
 * Valid until the next part is asked for. Made by multipart-reader.ts.
 */
import { HttpError } from '../http/http-error.ts'
import type { PartHead } from './part-head.ts'

/** The next bytes of a content, undefined at its end. */
export type PullContent = () => Promise<Uint8Array | undefined>

/** `waiting`: not read yet. `claimed`: a caller reads it, or has read it. `passed`: the reader is at a later part. */
type ContentState = 'waiting' | 'claimed' | 'passed'

/** One part of a multipart body (RFC 7578): its headers, and its content as a stream or as a whole. */
export class Part implements AsyncIterable<Uint8Array> {
  readonly kind: 'field' | 'file'
  /** The name of the input in the form; never empty. */
  readonly name: string
  /** Undefined for a field. What the client says, without folders; data, not a path. `''` where no file was chosen. */
  readonly filename: string | undefined
  /** The media type the client gives, lower case, not checked; `text/plain` where it gives none. */
  readonly type: string
  /** All headers of the part by lower-case name; no prototype. */
  readonly headers: Readonly<Record<string, string>>
  readonly #charset: string
  readonly #pull: PullContent
  #state: ContentState = 'waiting'

  constructor(head: PartHead, pull: PullContent) {
    this.kind = head.filename === undefined ? 'field' : 'file'
    this.name = head.name
    this.filename = head.filename
    this.type = head.type
    this.headers = head.headers
    this.#charset = head.charset
    this.#pull = pull
  }

  /**
   * The content, piece by piece.
   * @throws HttpError 413 beyond a limit, 400 if the form is malformed; InputError; Error if it was read before.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    this.#claim()
    for (;;) {
      const piece = await this.#next()
      if (piece === undefined) return
      yield piece
    }
  }

  /** The whole content. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const pieces: Uint8Array[] = []
    for await (const piece of this) pieces.push(piece)
    return join(pieces)
  }

  /** The whole content as text: UTF-8, or a field in the charset it declares. @throws HttpError 400 if it is not. */
  async text(): Promise<string> {
    const bytes = await this.bytes()
    try {
      const decoder =
        this.#charset === 'utf-8' ? UTF8 : new TextDecoder(this.#charset, { fatal: true, ignoreBOM: true })
      return decoder.decode(bytes)
    } catch (error) {
      throw new HttpError(400, `A field of the form is not ${this.#charset.toUpperCase()}`, [], { cause: error })
    }
  }

  /** Skips the unread rest. The reader calls it before the next part. */
  async pass(): Promise<void> {
    this.#state = 'passed'
    while ((await this.#pull()) !== undefined) {}
  }

  #claim(): void {
    if (this.#state === 'passed') throw new Error(`the part ${this.name} is over; read it before the next is asked for`)
    if (this.#state === 'claimed') throw new Error(`the part ${this.name} was read before; keep what it gave`)
    this.#state = 'claimed'
  }

  #next(): Promise<Uint8Array | undefined> {
    if (this.#state === 'passed') throw new Error(`the part ${this.name} is over; read it before the next is asked for`)
    return this.#pull()
  }
}

/** Shared: it keeps nothing between two fields. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** One array out of many. */
export function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
