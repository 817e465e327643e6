/**
 * A file that lines are appended to, by several processes at once (O_APPEND), without ever blocking or failing them.
 * Knows lines as text only. Lines wait as bytes while one write is under way, up to a bound; beyond it they are
 * counted and lost. The loss is reported once, when a write succeeds again.
 */
import { closeSync, write, writeSync } from 'node:fs'
import { LineBuffer } from './line-buffer.ts'
import { openLog } from './open-log.ts'

/** The delay before it tries a failed write again. */
const RETRY_DELAY_MS = 500
/** How long no loss is reported after one was. */
const LOSS_INTERVAL_MS = 10_000
const LF = 0x0a

export interface LogFileOptions {
  /** A path, or a descriptor that is open already and stays so (1, 2). */
  readonly target: string | number
  /** How long lines may be gathered before they are written: milliseconds. */
  readonly delay: number
  /** Called once per failure, with one line. */
  readonly onTrouble: (trouble: string) => void
}

type State = 'idle' | 'gathering' | 'writing' | 'closed'

export class LogFile {
  readonly #options: LogFileOptions
  #fd: number
  #state: State = 'idle'
  readonly #pending = new LineBuffer()
  #lost = 0
  #quietUntil = 0
  #troubled = false
  #timer: NodeJS.Timeout | undefined
  #reopenWanted = false
  #whenIdle: (() => void)[] = []

  /** @throws when the file cannot be opened. */
  constructor(options: LogFileOptions) {
    this.#options = options
    this.#fd = typeof options.target === 'number' ? options.target : openLog(options.target)
  }

  /** Takes lines, each with its LF, in one part or in three: all or nothing. Never throws, never waits. */
  write(lines: string, middle = '', end = ''): void {
    if (this.#state === 'closed') return
    if (!this.#pending.add(lines, middle, end)) this.#lost++
    if (this.#state === 'idle') this.#gather(this.#options.delay)
  }

  /** Opens the path again, after `logrotate` moved the file away. What was written before stays in the old one. */
  reopen(): void {
    if (typeof this.#options.target === 'number') return
    if (this.#state === 'writing') this.#reopenWanted = true
    else this.#swap(this.#options.target)
  }

  /** Writes out what is there; resolves when it is on its way to the disk, or cannot be. */
  async close(): Promise<void> {
    if (this.#state === 'writing') await new Promise<void>((resolve) => this.#whenIdle.push(resolve))
    this.flushSync()
    this.#state = 'closed'
    clearTimeout(this.#timer)
    if (typeof this.#options.target === 'string') closeSync(this.#fd)
  }

  /** Writes what is there without waiting: one attempt, no complaint. What could not be written is kept. */
  flushSync(): void {
    if (this.#state === 'writing' || this.#state === 'closed') return
    const bytes = this.#pending.take()
    let at = 0
    try {
      while (at < bytes.length) at += writeSync(this.#fd, bytes, at)
    } catch {
      // A process that ends now cannot report it; after a reopen the write is tried again.
    }
    this.#pending.putBack(bytes.subarray(at))
    this.#pending.done()
  }

  #gather(delay: number): void {
    this.#state = 'gathering'
    this.#timer = setTimeout(() => this.#flush(), delay)
    this.#timer.unref()
  }

  #flush(): void {
    this.#state = 'writing'
    this.#send(this.#pending.take(), 0)
  }

  #send(bytes: Buffer, from: number): void {
    write(this.#fd, bytes, from, bytes.length - from, null, (error, written) => {
      if (error !== null) this.#failed(error, bytes, from)
      else if (from + written < bytes.length) this.#send(bytes, from + written)
      else this.#written()
    })
  }

  #written(): void {
    this.#pending.done()
    if (this.#troubled) this.#options.onTrouble(`${this.#name()} can be written again; ${this.#lost} lines were lost`)
    if (this.#troubled || this.#reportsLoss()) this.#lost = 0
    this.#troubled = false
    this.#rest(this.#options.delay)
  }

  /** Lines that came faster than the file took them. @returns whether all are reported. */
  #reportsLoss(): boolean {
    if (this.#lost === 0) return true
    if (performance.now() < this.#quietUntil) return false
    this.#quietUntil = performance.now() + LOSS_INTERVAL_MS
    this.#options.onTrouble(`${this.#name()} takes lines slower than they come; ${this.#lost} lines were lost`)
    return true
  }

  /** Waits for a full pipe silently; reports a full disk and waits. It keeps unwritten bytes up to the maximum. */
  #failed(error: NodeJS.ErrnoException, bytes: Buffer, from: number): void {
    const rest = bytes.subarray(from)
    if (!this.#pending.putBack(rest)) this.#lost += linesIn(rest)
    this.#pending.done()
    if (error.code !== 'EAGAIN' && !this.#troubled) {
      this.#troubled = true
      this.#options.onTrouble(`cannot write to ${this.#name()}: ${error.code ?? error.message}; trying again`)
    }
    this.#rest(RETRY_DELAY_MS)
  }

  #rest(delay: number): void {
    this.#state = 'idle'
    if (this.#reopenWanted && typeof this.#options.target === 'string') this.#swap(this.#options.target)
    const waiting = this.#whenIdle
    this.#whenIdle = []
    if (!this.#pending.isEmpty) this.#gather(delay)
    for (const resolve of waiting) resolve()
  }

  #swap(path: string): void {
    this.#reopenWanted = false
    this.flushSync()
    try {
      const fd = openLog(path)
      closeSync(this.#fd)
      this.#fd = fd
    } catch (error) {
      this.#options.onTrouble(`cannot reopen ${path}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #name(): string {
    if (this.#options.target === 1) return 'standard output'
    return this.#options.target === 2 ? 'standard error' : String(this.#options.target)
  }
}

function linesIn(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) lines++
  return lines
}
