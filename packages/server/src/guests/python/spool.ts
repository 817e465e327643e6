/** A body in a temporary file that has no name: it is gone when it is closed, or when the process ends. */
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { STEP } from './frames.ts'

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
        const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafe(STEP), 0, STEP, at)
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
