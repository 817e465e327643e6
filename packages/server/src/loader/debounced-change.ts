/**
 * For development: several events of a file system that are one change, told as one. Editors save in several steps, and a
 * checkout changes many files. Used by whoever watches.
 */

/** Milliseconds of quiet that end a change. */
const QUIET = 60

/** Told the name of the file that changed last, and when, as `Date.now()` has it. */
export type Changed = (file: string, at: number) => void

export class DebouncedChange {
  readonly #changed: Changed
  #timer: NodeJS.Timeout | undefined

  constructor(changed: Changed) {
    this.#changed = changed
  }

  seen(file: string): void {
    clearTimeout(this.#timer)
    const at = Date.now()
    this.#timer = setTimeout(() => this.#changed(file, at), QUIET)
  }
}
