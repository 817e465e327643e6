/**
 * For development: an application that writes, while it is loaded, a file that it imports would be loaded again for ever. Knows
 * names of files and times; reloading is the master's.
 */

/** A change so soon after the last one of the same file was hardly made by a person. */
const LOOP_MAX_GAP_MS = 3_000
/** So many changes in a row are a loop. */
const MIN_CHANGES = 4
const FIRST_WAIT_MS = 1_000
const MAX_WAIT_MS = 30_000

export class ReloadLoop {
  #file = ''
  #seenAt = Number.NEGATIVE_INFINITY
  #changes = 0
  #wait = 0

  /**
   * One more change. @param now a time in milliseconds.
   * @returns how long to wait before reloading, in milliseconds; 0 where it is no loop.
   */
  changed(file: string, now: number): number {
    const isNext = file === this.#file && now - this.#seenAt <= LOOP_MAX_GAP_MS + this.#wait
    this.#changes = isNext ? this.#changes + 1 : 1
    this.#file = file
    this.#seenAt = now
    const rounds = this.#changes - MIN_CHANGES
    this.#wait = rounds < 0 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** rounds, MAX_WAIT_MS)
    return this.#wait
  }

  /** For the log. */
  static problemOf(file: string, wait: number): string {
    return `${file} changes whenever the application is loaded: does it write what it imports? Loading it again in ${wait / 1000} s`
  }
}
