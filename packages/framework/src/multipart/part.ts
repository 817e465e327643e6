/**
 * One part of a form while it comes in: what its head says, and its content, once, as the client sends it.
 * Valid until the next part is asked for. Made by multipart-reader.ts.
 */
import { HttpError } from '../http/http-error.ts'
import type { PartHead } from './part-head.ts'

/** What a part reads its content from: the reader, while it is at that part. */
export interface PartSource {
  /** The next bytes, a promise where they have not arrived; undefined at the end of the content. */
  pull(): Uint8Array | undefined | Promise<Uint8Array | undefined>
  /** The rest of the content, if all of it has arrived: text where it is ASCII. */
  takeRest(): string | Uint8Array | undefined
}

/** `waiting`: not read yet. `claimed`: a caller reads it, or has read it. `passed`: the reader is at a later part. */
type ContentState = 'waiting' | 'claimed' | 'passed'

/** The text of a field that was not read, if all of it is at hand. Only for form.ts; views have `text()`. */
export let takeFieldText: (part: Part) => string | undefined

/** One part of a multipart body (RFC 7578): its headers, and its content as a stream or as a whole. */
export class Part implements AsyncIterable<Uint8Array> {
  readonly kind: 'field' | 'file'
  /** The name of the input in the form; never empty. */
  readonly name: string
  /** Undefined for a field. What the client says, without folders; data, not a path. `''` where no file was chosen. */
  readonly filename: string | undefined
  /** The media type the client gives, lower case, not checked; `text/plain` where it gives none. */
  readonly type: string
  readonly #head: PartHead
  readonly #source: PartSource
  #state: ContentState = 'waiting'

  static {
    takeFieldText = (part) => part.#takeText()
  }

  constructor(head: PartHead, source: PartSource) {
    this.kind = head.filename === undefined ? 'field' : 'file'
    this.name = head.name
    this.filename = head.filename
    this.type = head.type
    this.#head = head
    this.#source = source
  }

  /** All headers of the part by lower-case name; no prototype. */
  get headers(): Readonly<Record<string, string>> {
    return this.#head.headers
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
    this.#claim()
    const pieces: Uint8Array[] = []
    for (;;) {
      const next = this.#next()
      const piece = next instanceof Promise ? await next : next
      if (piece === undefined) return join(pieces)
      pieces.push(piece)
    }
  }

  /** The whole content as text: UTF-8, or a field in the charset it declares. @throws HttpError 400 if it is not. */
  async text(): Promise<string> {
    return this.#takeText() ?? this.#decode(await this.bytes())
  }

  /** The reader goes on to the next part: what is left of this one cannot be read any more. */
  leave(): void {
    this.#state = 'passed'
  }

  #takeText(): string | undefined {
    if (this.#state !== 'waiting' || this.#head.charset !== 'utf-8') return undefined
    const rest = this.#source.takeRest()
    if (rest === undefined) return undefined
    this.#state = 'claimed'
    return typeof rest === 'string' ? rest : this.#decode(rest)
  }

  #decode(bytes: Uint8Array): string {
    const { charset } = this.#head
    try {
      const decoder = charset === 'utf-8' ? UTF8 : new TextDecoder(charset, { fatal: true, ignoreBOM: true })
      return decoder.decode(bytes)
    } catch (error) {
      throw new HttpError(400, `A field of the form is not ${charset.toUpperCase()}`, [], { cause: error })
    }
  }

  #claim(): void {
    if (this.#state === 'passed') throw new Error(`the part ${this.name} is over; read it before the next is asked for`)
    if (this.#state === 'claimed') throw new Error(`the part ${this.name} was read before; keep what it gave`)
    this.#state = 'claimed'
  }

  #next(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    if (this.#state === 'passed') throw new Error(`the part ${this.name} is over; read it before the next is asked for`)
    return this.#source.pull()
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
