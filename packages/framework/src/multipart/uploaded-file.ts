/**
 * A file of a form that has arrived whole, wherever it is kept: in memory, unless a store is given; on disk with
 * `spoolToDisk` of `@tsgi/framework/multipart`. It is a `File` to every schema, and nothing of it is copied for that.
 */
import type { Environ } from '@tsgi/contract'
import { join, type Part } from './part.ts'

/**
 * A file of a form: the platform's `File`, so `z.file()`, `z.instanceof(File)` and the schemas of other libraries accept
 * it. Its content may be on disk; to give it to the constructor of a platform `Blob`, give `await file.bytes()`.
 * @example `post('/photo', { body: z.object({ photo: z.file().mime('image/png').max(1e6) }) }, ({ body }) => …)`
 */
export interface UploadedFile extends File, AsyncIterable<Uint8Array> {
  /** The name of the file: see `filename`. */
  readonly name: string
  /** The name of the input in the form. */
  readonly field: string
  /** What the client says, without folders; data, not a path. */
  readonly filename: string
  /** The media type that the client gives, lower case, not checked. */
  readonly type: string
  /** In bytes. */
  readonly size: number
  bytes(): Promise<Uint8Array<ArrayBuffer>>
  /** The content as UTF-8; what is not becomes U+FFFD. */
  text(): Promise<string>
  /** Gives back the memory or the disk that it takes; the content is gone then. May be called again. */
  close(): Promise<void>
}

/**
 * Reads a part to its end and keeps it: a store of your own returns `new Upload(part, content)`. If it fails, it leaves
 * nothing behind. Remove kept files automatically after the response (`tsgi.after_response`): not every view
 * calls `close`.
 */
export type FileStore = (part: Part, environ: Environ) => Promise<UploadedFile>

/** Where the bytes of an upload are. */
export interface UploadContent {
  /** In bytes. */
  readonly size: number
  /** The bytes from `start` to `end`, `end` not included. May be called several times. */
  read(start: number, end: number): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/** Keeps a file in memory: the default. */
export const keepInMemory: FileStore = async (part) => new Upload(part, new MemoryContent(await part.bytes()))

/** The bytes of a file in memory. */
export class MemoryContent implements UploadContent {
  readonly bytes: Uint8Array<ArrayBuffer>

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes
  }

  get size(): number {
    return this.bytes.length
  }

  async *read(start: number, end: number): AsyncGenerator<Uint8Array> {
    if (end > start) yield this.bytes.subarray(start, end)
  }

  /** Nothing to give back but memory, and the collector does that. */
  async close(): Promise<void> {}
}

/** A `File` by its prototype, over content that may be anywhere: the platform's own would have to hold a copy. */
export class Upload implements UploadedFile {
  readonly name: string
  readonly field: string
  readonly filename: string
  readonly type: string
  readonly size: number
  readonly lastModified: number = Date.now()
  readonly webkitRelativePath = ''
  readonly #content: UploadContent

  static {
    // `instanceof File` and `instanceof Blob` hold, and messages of schemas call it a File.
    if (typeof File === 'function') {
      Object.setPrototypeOf(Upload.prototype, File.prototype)
      Object.defineProperty(Upload.prototype, 'constructor', { value: File })
    }
  }

  constructor({ name, filename = '', type }: Pick<Part, 'name' | 'filename' | 'type'>, content: UploadContent) {
    this.name = filename
    this.field = name
    this.filename = filename
    this.type = type
    this.size = content.size
    this.#content = content
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#content.read(0, this.size)[Symbol.asyncIterator]()
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#content instanceof MemoryContent) return this.#content.bytes
    const pieces: Uint8Array[] = []
    for await (const piece of this) pieces.push(piece)
    return join(pieces)
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = await this.bytes()
    return buffer.slice(byteOffset, byteOffset + byteLength)
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const content = this.#content.read(0, this.size)[Symbol.asyncIterator]()
    return new ReadableStream({
      pull: async (controller) => {
        const { done, value } = await content.next()
        if (done === true) controller.close()
        else controller.enqueue(new Uint8Array(value))
      },
      cancel: async () => {
        await content.return?.()
      },
    })
  }

  textStream(): ReadableStream<string> {
    return this.stream().pipeThrough(new TextDecoderStream())
  }

  /** As that of `Blob`: a negative position counts from the end. */
  slice(start = 0, end: number = this.size, type = ''): Blob {
    const from = positionIn(this.size, start)
    const to = Math.max(from, positionIn(this.size, end))
    const content = this.#content
    return new Upload(
      { name: this.field, filename: this.filename, type },
      {
        size: to - from,
        read: (first, last) => content.read(from + first, from + last),
        close: async () => {},
      },
    )
  }

  close(): Promise<void> {
    return this.#content.close()
  }

  /** For `console.log` of Node, whose own description of a File looks inside of the platform's. */
  [Symbol.for('nodejs.util.inspect.custom')](): object {
    const { field, filename, type, size } = this
    return { field, filename, type, size }
  }
}

function positionIn(size: number, position: number): number {
  return Math.min(Math.max(position < 0 ? size + position : position, 0), size)
}
