/**
 * Decides how the body of a request reaches Python: not at all, inline in the frame of its request, or as a stream.
 * A body without a length is gathered first, for most applications read no more than CONTENT_LENGTH says. Knows the
 * contract's input; knows no worker.
 */

import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Environ, InputError } from '@tsgi/contract'
import { INLINE_LIMIT_BYTES, STEP_BYTES } from './frames.ts'
import { Upload } from './upload.ts'

export interface PreparedBody {
  readonly inline?: Uint8Array | undefined
  readonly upload?: Upload | undefined
  /** Of a body that came without one, and has been gathered. */
  readonly contentLength?: number | undefined
}

export interface BodyOptions {
  readonly chunkedUploads: 'buffer' | 'stream'
  /** Bytes of a body without a length that are gathered at most; beyond that it is 413. */
  readonly bufferLimit: number
}

export const NO_BODY: PreparedBody = {}

/** True when there is nothing to read, and so nothing to wait for. */
export function hasNoBody(environ: Environ): boolean {
  const length = environ.CONTENT_LENGTH
  if (length !== undefined) return length === '0'
  if (environ.HTTP_TRANSFER_ENCODING !== undefined) return false
  // A transport without Transfer-Encoding (HTTP/2) may still bring a body with these methods only (RFC 9110 §9.3).
  return environ.REQUEST_METHOD === 'GET' || environ.REQUEST_METHOD === 'HEAD' || environ.REQUEST_METHOD === 'OPTIONS'
}

/** Rejects with the `InputError` of the body. */
export async function prepareBody(environ: Environ, options: BodyOptions): Promise<PreparedBody> {
  const input = environ['wsgi.input']
  const lazy = environ.HTTP_EXPECT !== undefined
  if (environ.CONTENT_LENGTH === undefined) {
    return options.chunkedUploads === 'stream' ? { upload: new Upload(input, lazy) } : gather(environ, options)
  }
  if (lazy || Number(environ.CONTENT_LENGTH) > INLINE_LIMIT_BYTES) return { upload: new Upload(input, lazy) }
  return { inline: await input.read() }
}

/** In memory as long as it is small, then in a file. */
async function gather(environ: Environ, { bufferLimit }: BodyOptions): Promise<PreparedBody> {
  const pieces: Uint8Array[] = []
  let spool: Spool | undefined
  let length = 0
  try {
    for await (const piece of environ['wsgi.input']) {
      length += piece.byteLength
      if (length > bufferLimit) throw tooLarge(bufferLimit)
      if (spool === undefined && length > INLINE_LIMIT_BYTES) {
        spool = await Spool.create()
        for (const earlier of pieces) await spool.write(earlier)
      }
      if (spool === undefined) pieces.push(piece)
      else await spool.write(piece)
    }
  } catch (error) {
    await spool?.close()
    throw error
  }
  if (spool !== undefined) return { upload: new Upload(spool, false), contentLength: length }
  if (length > 0) return { inline: Buffer.concat(pieces), contentLength: length }
  return environ.HTTP_TRANSFER_ENCODING === undefined ? NO_BODY : { contentLength: 0 }
}

function tooLarge(limit: number): InputError {
  return Object.assign(new Error(`the body is larger than ${limit} bytes`), { 'tsgi.status': 413 } as const)
}

/* A body in a temporary file that has no name: it is gone when it is closed, or when the process ends. */

export class Spool implements AsyncIterable<Uint8Array> {
  readonly #file: FileHandle

  constructor(file: FileHandle) {
    this.#file = file
  }

  static async create(): Promise<Spool> {
    const path = join(tmpdir(), `tsgi-body-${randomUUID()}`)
    const file = await open(path, 'wx+', 0o600)
    await unlink(path)
    return new Spool(file)
  }

  async write(piece: Uint8Array): Promise<void> {
    await this.#file.writeFile(piece)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    try {
      for (let at = 0; ; ) {
        const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafe(STEP_BYTES), 0, STEP_BYTES, at)
        if (bytesRead === 0) return
        at += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
    } finally {
      await this.close()
    }
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
