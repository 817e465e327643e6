/**
 * A small file that master and workers share: one row of numbers per worker.
 * It stands in for shared memory, which Node has only between threads: a `pwrite` of eight bytes to the page cache
 * takes about a microsecond, a message takes fifty. Apache's scoreboard and gunicorn's WorkerTmp are the same idea.
 */
import { openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '../config/config-error.ts'

/**
 * The columns of a row; every cell is a float64. `given` counts the connections that the master has handed to the
 * worker and is the one cell that the master writes; `taken` counts those that have arrived.
 */
export const CELLS = ['serving', 'open', 'given', 'taken', 'busy', 'requests', 'heartbeat', 'lag', 'memory'] as const
export type Cell = (typeof CELLS)[number]
export type Row = Readonly<Record<Cell, number>>

/** A worker of which nothing is known yet. */
export const EMPTY_ROW: Row = {
  serving: 0,
  open: 0,
  given: 0,
  taken: 0,
  busy: 0,
  requests: 0,
  heartbeat: 0,
  lag: 0,
  memory: 0,
}

const CELL_BYTES = 8
const ROW_BYTES = CELLS.length * CELL_BYTES

/** Makes an empty board in a file without a name; returns its descriptor, to be inherited. @throws ConfigError */
export function createScoreboard(slots: number, folder: string): number {
  const path = join(folder, `tsgi-${process.pid}-${Date.now()}.scoreboard`)
  try {
    const fd = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
    // Written once in full, so that no later write can meet a full disk.
    writeSync(fd, Buffer.alloc(slots * ROW_BYTES), 0, slots * ROW_BYTES, 0)
    return fd
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError(`no file of ${slots * ROW_BYTES} bytes in ${folder}: ${reason}; TMPDIR names another folder`)
  }
}

export class Scoreboard {
  readonly #fd: number
  readonly #slots: number
  readonly #cell = new Float64Array(1)
  readonly #row = new Float64Array(CELLS.length)
  readonly #board: Float64Array

  constructor(fd: number, slots: number) {
    this.#fd = fd
    this.#slots = slots
    this.#board = new Float64Array(slots * CELLS.length)
  }

  set(slot: number, cell: Cell, value: number): void {
    this.#cell[0] = value
    writeSync(this.#fd, this.#cell, 0, CELL_BYTES, slot * ROW_BYTES + CELLS.indexOf(cell) * CELL_BYTES)
  }

  /** Forgets the row of a worker that has gone, before its slot is used again. */
  clear(slot: number): void {
    for (const cell of CELLS) this.set(slot, cell, 0)
  }

  /** Reads all rows at once. The array is used again by the next call. */
  read(): Float64Array {
    readSync(this.#fd, this.#board, 0, this.#slots * ROW_BYTES, 0)
    return this.#board
  }

  row(slot: number): Row {
    readSync(this.#fd, this.#row, 0, ROW_BYTES, slot * ROW_BYTES)
    const entries = CELLS.map((cell, column) => [cell, this.#row[column] ?? 0] as const)
    return Object.fromEntries(entries) as Row // one entry per cell
  }
}
