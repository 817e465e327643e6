/**
 * The folder of recorded requests: one file each, readable by their owner only, bounded in number, size and age. A disk that
 * is full or gone costs a line in the log, and no request. Knows files, not what is in them.
 */
import { mkdirSync } from 'node:fs'
import { readdir, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const MAX_FILES = 1_000
const MAX_TOTAL_BYTES = 256 * 1024 ** 2
const MAX_AGE_MS = 30 * 24 * 3600 * 1000
/** Writes that may be under way; what comes meanwhile is not recorded. */
const MAX_PENDING = 32
/** After so many files the folder is looked through. */
const FILES_BETWEEN_PRUNES = 100
const COMPLAINT_INTERVAL_MS = 60_000

export interface RecordFolderOptions {
  readonly folder: string
  /** Gets a line when files cannot be written. */
  readonly trouble: (reason: string) => void
  /** Only for a test. */
  readonly maxFiles?: number
}

export class RecordFolder {
  readonly #options: RecordFolderOptions
  #pending = 0
  #written = 0
  #quietUntil = 0

  /** @throws the system's error when the folder cannot be made. */
  constructor(options: RecordFolderOptions) {
    this.#options = options
    mkdirSync(options.folder, { recursive: true, mode: 0o700 })
    void this.#prune()
  }

  /** Writes a file in its own time. @param text made when there is room for it. */
  keep(name: string, text: () => string): void {
    if (this.#pending >= MAX_PENDING) return
    this.#pending++
    void this.#write(name, text())
  }

  /** A file appears whole, or not at all. */
  async #write(name: string, text: string): Promise<void> {
    const path = join(this.#options.folder, name)
    try {
      await writeFile(`${path}.part`, text, { mode: 0o600, flag: 'wx' })
      await rename(`${path}.part`, path)
      if (++this.#written % FILES_BETWEEN_PRUNES === 0) await this.#prune()
    } catch (error) {
      await unlink(`${path}.part`).catch(() => undefined)
      this.#complain(error)
    } finally {
      this.#pending--
    }
  }

  #complain(error: unknown): void {
    if (performance.now() < this.#quietUntil) return
    this.#quietUntil = performance.now() + COMPLAINT_INTERVAL_MS
    this.#options.trouble(`--record: requests are not recorded: ${error instanceof Error ? error.message : error}`)
  }

  /** Names begin with the time: the oldest go first. */
  async #prune(): Promise<void> {
    try {
      const names = (await readdir(this.#options.folder))
        .filter((name) => name.endsWith('.json'))
        .sort()
        .reverse()
      let total = 0
      for (const [at, name] of names.entries()) {
        const path = join(this.#options.folder, name)
        const { size, mtimeMs } = await stat(path)
        total += size
        const isOver = at >= (this.#options.maxFiles ?? MAX_FILES) || total > MAX_TOTAL_BYTES
        if (isOver || Date.now() - mtimeMs > MAX_AGE_MS) await unlink(path)
      }
    } catch {
      // Another worker looks through it too, or it is gone: the next write says so.
    }
  }
}
