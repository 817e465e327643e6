/**
 * One session while its request lasts: its data, what was flashed, and what is to become of it. Knows nothing of cookies
 * and stores: they ask what changed when the head of the response goes out.
 */

/** What a session is kept as. The names are short: it may have to fit into a cookie. */
export interface SessionRecord {
  /** The data. */
  readonly d: unknown
  /** When it began, and when it was last written: seconds since 1970. */
  readonly b: number
  readonly w: number
  /** What was flashed for the next request. */
  readonly f?: readonly string[] | undefined
  /** The token of its forms. */
  readonly c?: string | undefined
}

/** What is to become of a session when the head of the response goes out. */
export type SessionFate = 'keep' | 'write' | 'rotate' | 'destroy'

/** The session of a request: `request.get(session)`. */
export class Session<Data> {
  #data: Data
  readonly #empty: Data
  readonly #flashed: readonly string[]
  #flashes: string[] = []
  #hasReadFlashed = false
  #formToken: string | undefined
  #fate: SessionFate = 'keep'
  /** As it was read: the data may be changed in place. */
  readonly #before: string
  #isUsed = false

  /** @param data those of the record. @param empty those of a session that has just begun. */
  constructor(record: SessionRecord | undefined, data: Data, empty: Data) {
    this.#data = data
    this.#empty = empty
    this.#flashed = record?.f ?? []
    this.#formToken = record?.c
    this.#before = textOf(data)
  }

  /** The data: plain JSON. A change, also one inside of it, is kept when the response begins. */
  get data(): Data {
    this.#isUsed = true
    return this.#data
  }

  set data(data: Data) {
    this.#isUsed = true
    this.#data = data
  }

  /** Messages that the request before this one has flashed. Each is there for one request that reads it. */
  get flashed(): readonly string[] {
    this.#isUsed = true
    this.#hasReadFlashed = true
    if (this.#flashed.length > 0) this.#mark('write')
    return this.#flashed
  }

  /** Leaves a message for the next request: `session.flash('Saved.')`, then a redirect. */
  flash(message: string): void {
    this.#mark('write')
    this.#flashes.push(message)
  }

  /** The token that forms carry: see `csrfField`. Made when it is first asked for. */
  get formToken(): string {
    this.#isUsed = true
    if (this.#formToken === undefined) {
      this.#formToken = crypto.randomUUID()
      this.#mark('write')
    }
    return this.#formToken
  }

  /**
   * Gives the session a new id and a new lifetime. Call it at every sign-in and every other change of rights: an id that
   * an attacker has planted or seen is then invalid.
   * @param data in place of those that were there. @default those that are there
   */
  rotate(data: Data = this.#data): void {
    this.#data = data
    this.#formToken = undefined
    this.#mark('rotate')
  }

  /** Ends the session: its data are removed, and the browser forgets its cookie. */
  destroy(): void {
    this.#data = this.#empty
    this.#flashes = []
    this.#formToken = undefined
    this.#mark('destroy')
  }

  /** Whether the response depends on the session. */
  get isUsed(): boolean {
    return this.#isUsed
  }

  /** What is to become of it. */
  get fate(): SessionFate {
    return this.#fate === 'keep' && textOf(this.#data) !== this.#before ? 'write' : this.#fate
  }

  /** What to keep. @param began seconds since 1970, as `now`. */
  record(began: number, now: number): SessionRecord {
    const flashes = [...(this.#hasReadFlashed ? [] : this.#flashed), ...this.#flashes]
    return {
      d: this.#data,
      b: began,
      w: now,
      ...(flashes.length === 0 ? {} : { f: flashes }),
      ...(this.#formToken === undefined ? {} : { c: this.#formToken }),
    }
  }

  #mark(fate: SessionFate): void {
    this.#isUsed = true
    if (this.#fate === 'keep' || fate !== 'write') this.#fate = fate
  }
}

function textOf(data: unknown): string {
  return JSON.stringify(data) ?? ''
}
