/**
 * How a session is kept from one request to the next: whole in its cookie, or in a store under an id that the cookie has.
 * Reads what a cookie says, and writes what became of a session as the next cookie. Knows no heads of responses.
 */
import { SignedCookies } from '../http/signed-cookies.ts'
import type { Schema } from '../validation/schema.ts'
import { Sealer, toBase64Url } from './sealed-text.ts'
import { Session, type SessionRecord } from './session.ts'
import type { SessionStore } from './session-store.ts'

/** What a store rejected with: the user's session may be right, and is not lost. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}

/** A session, and what is known of where it comes from. */
export interface Kept<Data> {
  readonly session: Session<Data>
  /** In the store; undefined for one that is not there. */
  readonly id: string | undefined
  /** Seconds since 1970; undefined for a session that has just begun. */
  readonly record: SessionRecord | undefined
}

/** What the next cookie says: a value and its life in seconds, `forget`, or nothing new. */
export type NextCookie = { readonly value: string; readonly seconds: number } | 'forget' | undefined

export interface KeeperSettings {
  readonly secrets: readonly string[]
  readonly schema: Schema<unknown, unknown> | undefined
  readonly store: SessionStore | undefined
  readonly encrypt: boolean
  /** Seconds. */
  readonly idle: number
  readonly absolute: number
}

/** Bound to the signature, so that no other signed text passes for a session. */
const PURPOSE = 'session'

export class SessionKeeper<Data> {
  readonly #settings: KeeperSettings
  readonly #signer: SignedCookies
  readonly #sealer: Sealer | undefined

  constructor(settings: KeeperSettings) {
    this.#settings = settings
    this.#signer = new SignedCookies(settings.secrets)
    this.#sealer = settings.encrypt ? new Sealer(settings.secrets) : undefined
  }

  /** The session of a cookie; a new one if the cookie is not ours, or the session has ended. @throws StoreError */
  async read(cookie: string | undefined): Promise<Kept<Data>> {
    const { store } = this.#settings
    const text = cookie === undefined ? undefined : await this.#verified(cookie)
    const id = store === undefined ? undefined : text
    const kept = store === undefined || id === undefined ? text : await asked(store.read(id))
    const record = kept === undefined ? undefined : recordOf(kept)
    const empty = await this.#dataOf({})
    if (empty === undefined) throw new TypeError('sessions: the schema must take {}, the data of a new session')
    if (record !== undefined && !this.#isOver(record)) {
      const data = await this.#dataOf(record.d)
      if (data !== undefined) return { session: new Session(record, data.value, empty.value), id, record }
    }
    return { session: new Session<Data>(undefined, empty.value, empty.value), id: undefined, record: undefined }
  }

  /** What becomes of a session. @throws StoreError; TypeError for one that does not fit into its cookie. */
  async close({ session, id, record }: Kept<Data>): Promise<NextCookie> {
    const now = seconds()
    const { store, idle, absolute } = this.#settings
    const { fate } = session
    if (fate === 'destroy') {
      if (id !== undefined) await asked(store?.remove(id))
      return record === undefined ? undefined : 'forget'
    }
    const isHalfOver = record !== undefined && session.isUsed && now - record.w > idle / 2
    if (fate === 'keep' && !isHalfOver) return undefined
    const began = fate === 'rotate' || record === undefined ? now : record.b
    const life = Math.max(1, Math.min(idle, began + absolute - now))
    const text = JSON.stringify(session.record(began, now))
    const value = store === undefined ? text : await this.#stored(store, fate === 'rotate' ? undefined : id, text, life)
    if (fate === 'rotate' && id !== undefined) await asked(store?.remove(id))
    return { value: await this.#signed(value), seconds: life }
  }

  async #stored(store: SessionStore, id: string | undefined, text: string, life: number): Promise<string> {
    const name = id ?? toBase64Url(crypto.getRandomValues(new Uint8Array(ID_BYTES)))
    await asked(store.write(name, text, life))
    return name
  }

  #signed(text: string): Promise<string> {
    return this.#sealer === undefined ? this.#signer.sign(PURPOSE, text) : this.#sealer.seal(text, PURPOSE)
  }

  #verified(cookie: string): Promise<string | undefined> {
    return this.#sealer === undefined ? this.#signer.verify(PURPOSE, cookie) : this.#sealer.open(cookie, PURPOSE)
  }

  #isOver({ b: began, w: written }: SessionRecord): boolean {
    const now = seconds()
    return now > written + this.#settings.idle || now > began + this.#settings.absolute
  }

  /** @returns undefined for what the schema refuses: data of an older version of the application. */
  async #dataOf(data: unknown): Promise<{ readonly value: Data } | undefined> {
    const { schema } = this.#settings
    if (schema === undefined) return { value: data as Data } // without a schema, Data is any plain object
    const result = await schema['~standard'].validate(data)
    return result.issues === undefined ? { value: result.value as Data } : undefined // the schema's own output
  }
}

const ID_BYTES = 32

function seconds(): number {
  return Math.floor(Date.now() / 1000)
}

function recordOf(text: string): SessionRecord | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isRecord = typeof value === 'object' && value !== null && 'd' in value && 'b' in value && 'w' in value
    return isRecord && typeof value.b === 'number' && typeof value.w === 'number' ? (value as SessionRecord) : undefined
  } catch {
    return undefined
  }
}

async function asked<Answer>(answer: Promise<Answer> | undefined): Promise<Answer | undefined> {
  try {
    return await answer
  } catch (error) {
    throw new StoreError('the store of the sessions failed', { cause: error })
  }
}
