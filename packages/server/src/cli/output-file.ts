/**
 * A file that a command writes: new, for this user alone, and removed unless it became whole, also when the command is interrupted.
 * Knows one file, not what is in it.
 */
import { unlinkSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { ConfigError } from '../config/config-error.ts'

const INTERRUPTIONS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

export class OutputFile {
  readonly #path: string
  readonly #handle: FileHandle
  /** Bytes. */
  size = 0

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
    for (const [signal, code] of Object.entries(INTERRUPTIONS)) process.once(signal, () => this.#interrupted(code))
  }

  /** @throws ConfigError where there is one already, or none can be. A link is not followed. */
  static async create(path: string): Promise<OutputFile> {
    try {
      return new OutputFile(path, await open(path, 'wx', 0o600))
    } catch (error) {
      throw cannotWrite(path, error)
    }
  }

  /** @throws ConfigError on a full disk. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#handle.appendFile(bytes)
      this.size += bytes.length
    } catch (error) {
      throw cannotWrite(this.#path, error)
    }
  }

  /** @throws ConfigError where the file system says only now that there was no room. */
  async close(): Promise<void> {
    try {
      await this.#handle.close()
    } catch (error) {
      throw cannotWrite(this.#path, error)
    }
  }

  /** It did not become whole. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined)
    this.#remove()
  }

  #interrupted(code: number): void {
    this.#remove()
    process.exit(code)
  }

  #remove(): void {
    try {
      unlinkSync(this.#path)
    } catch {
      // It is gone already.
    }
  }
}

function cannotWrite(path: string, error: unknown): ConfigError {
  const code = error instanceof Error && 'code' in error ? error.code : error
  const reason =
    code === 'EEXIST' ? 'it exists; --output names another file' : code === 'ENOSPC' ? 'the disk is full' : code
  return new ConfigError(`cannot write ${path}: ${reason}`, undefined, error)
}
