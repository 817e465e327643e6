/**
 * A file that lines are appended to, by several processes at once (O_APPEND), without ever blocking or failing them.
 * Knows lines as text only. Lines wait as octets while one write is under way, up to a bound; beyond it they are
 * counted and lost, and the loss is told once, when writing goes on.
 */
import { closeSync, write, writeSync } from 'node:fs'
import { LineBuffer } from './line-buffer.ts'
import { openLog } from './open-log.ts'

/** How long to wait before a failed write is tried again: milliseconds. */
const RETRY_DELAY = 500
/** How long no loss is reported after one was. */
const LOSS_INTERVAL_MS = 10_000
const LF = 0x0a

export interface LogFileOptions {
  /** A path, or a descriptor that is open already and stays so (1, 2). */
  readonly target: string | number
  /** How long lines may be gathered before they are written: milliseconds. */
  readonly delay: number
  /** Told once per failure, with one line. */
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
    const octets = this.#pending.take()
    let at = 0
    try {
      while (at < octets.length) at += writeSync(this.#fd, octets, at)
    } catch {
      // A process that ends now has nobody left to tell; after a reopening it is tried again.
    }
    this.#pending.putBack(octets.subarray(at))
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

  #send(octets: Buffer, from: number): void {
    write(this.#fd, octets, from, octets.length - from, null, (error, written) => {
      if (error !== null) this.#failed(error, octets, from)
      else if (from + written < octets.length) this.#send(octets, from + written)
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

  /** A full pipe is waited for; so is a full disk, but that is said. What could not be written is kept within the bound. */
  #failed(error: NodeJS.ErrnoException, octets: Buffer, from: number): void {
    const rest = octets.subarray(from)
    if (!this.#pending.putBack(rest)) this.#lost += linesIn(rest)
    this.#pending.done()
    if (error.code !== 'EAGAIN' && !this.#troubled) {
      this.#troubled = true
      this.#options.onTrouble(`cannot write to ${this.#name()}: ${error.code ?? error.message}; trying again`)
    }
    this.#rest(RETRY_DELAY)
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

function linesIn(octets: Buffer): number {
  let lines = 0
  for (let at = octets.indexOf(LF); at !== -1; at = octets.indexOf(LF, at + 1)) lines++
  return lines
}
