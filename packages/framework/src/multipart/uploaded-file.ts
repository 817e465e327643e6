/**
 * A file of a form that has come in whole, wherever it is kept. In memory, unless a store is given; on disk with
 * `spoolToDisk` of `@tsgi/framework/multipart`. Called by form.ts.
 */
import type { Environ } from '@tsgi/contract'
import type { Part } from './part.ts'

/** A file of a form, in memory or where a `FileStore` keeps it. */
export interface UploadedFile extends AsyncIterable<Uint8Array> {
  /** The name of the input in the form. */
  readonly name: string
  /** What the client says, without folders; data, not a path. */
  readonly filename: string
  /** What the client says, lower case, not checked. */
  readonly type: string
  /** In octets. */
  readonly size: number
  bytes(): Promise<Uint8Array>
  /** The content as UTF-8; what is not becomes U+FFFD. */
  text(): Promise<string>
  /** Gives back what it takes; the content is gone then. May be called again. */
  close(): Promise<void>
}

/**
 * Reads a part to its end and keeps it. If it fails, nothing of it may be left. What is kept should go by itself when
 * the response is out (`tsgi.after_response`), for not every view calls `close`.
 */
export type FileStore = (part: Part, environ: Environ) => Promise<UploadedFile>

export const keepInMemory: FileStore = async (part) => new MemoryFile(part, await part.bytes())

export class MemoryFile implements UploadedFile {
  readonly name: string
  readonly filename: string
  readonly type: string
  #octets: Uint8Array

  constructor({ name, filename = '', type }: Pick<Part, 'name' | 'filename' | 'type'>, octets: Uint8Array) {
    this.name = name
    this.filename = filename
    this.type = type
    this.#octets = octets
  }

  get size(): number {
    return this.#octets.length
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    if (this.#octets.length > 0) yield this.#octets
  }

  async bytes(): Promise<Uint8Array> {
    return this.#octets
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(this.#octets)
  }

  /** Nothing to give back but memory, and that goes by itself. */
  async close(): Promise<void> {}
}
