/**
 * Small files kept in memory: the least recently used leave first when there is no more room. Knows nothing of
 * freshness: who takes a file out asks the disk whether it is still the same (file-store.ts).
 */
import type { BigIntStats } from 'node:fs'

/** A file that was opened and found right. */
export interface KnownFile {
  /** Of the descriptor the bytes were read from. */
  readonly stat: BigIntStats
  /** Undefined for one that is too large to be kept: a variant of it may be there. */
  readonly bytes?: Uint8Array | undefined
}

export interface KeptFile extends KnownFile {
  readonly bytes: Uint8Array
}

export class MemoryCache {
  readonly #limit: number
  // A Map keeps the order of insertion: the first is the one not used for longest.
  readonly #files = new Map<string, KnownFile>()
  #size = 0
  /** The last of them: what is asked for again and again is moved once. */
  #latest: string | undefined

  /** @param limit bytes, with what each entry costs besides its content. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes in use; never more than the limit. */
  get size(): number {
    return this.#size
  }

  get(path: string): KnownFile | undefined {
    const file = this.#files.get(path)
    if (file === undefined || path === this.#latest) return file
    this.#files.delete(path)
    this.#add(path, file)
    return file
  }

  set(path: string, file: KnownFile): void {
    this.delete(path)
    const cost = costOf(path, file)
    if (cost > this.#limit) return
    this.#makeRoom(cost)
    this.#add(path, file)
    this.#size += cost
  }

  delete(path: string): void {
    const file = this.#files.get(path)
    if (file === undefined) return
    this.#files.delete(path)
    this.#size -= costOf(path, file)
  }

  #add(path: string, file: KnownFile): void {
    this.#files.set(path, file)
    this.#latest = path
  }

  #makeRoom(cost: number): void {
    for (const path of this.#files.keys()) {
      if (this.#size + cost <= this.#limit) return
      this.delete(path)
    }
  }
}

/** The approximate overhead of an entry: the stat, the objects, and their places in the map. */
const ENTRY_OVERHEAD_BYTES = 1024

function costOf(path: string, { bytes }: KnownFile): number {
  return (bytes?.byteLength ?? 0) + 2 * path.length + ENTRY_OVERHEAD_BYTES
}
