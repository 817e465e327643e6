/**
 * What the application saw of a request: calls, closes, signals, tasks. Kept under the token of the request, and asked for
 * later with the way `seen`. Bounded: the oldest notes go first.
 */

export interface Notes {
  calls: number
  closes: number
  returns: number
  tasks: number
  pulled: number
  /** Set when the body was pulled to its end. */
  done: boolean
  aborted: boolean
  reason: string
  /** Anything else that a way wants to say. */
  said: Record<string, unknown>
  /** Not part of the answer: the environ of the first call, to compare with that of the second. */
  first?: object
}

const MAX_NOTES = 5000

export class NoteBook {
  readonly #notes = new Map<string, Notes>()

  of(token: string): Notes {
    const known = this.#notes.get(token)
    if (known !== undefined) return known
    const made: Notes = {
      calls: 0,
      closes: 0,
      returns: 0,
      tasks: 0,
      pulled: 0,
      done: false,
      aborted: false,
      reason: '',
      said: {},
    }
    this.#notes.set(token, made)
    const oldest = this.#notes.keys().next().value
    if (this.#notes.size > MAX_NOTES && oldest !== undefined) this.#notes.delete(oldest)
    return made
  }

  read(token: string): Omit<Notes, 'first'> {
    const { first: _, ...notes } = this.of(token)
    return notes
  }
}
