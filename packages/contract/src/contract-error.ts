/**
 * The error for the developer: it says which clause was broken, which side broke it, and with which value.
 * Never shown to a client.
 */
import type { ClauseId, Party } from './clauses.ts'

/** A breach of a clause of SPEC.md. `message` is one line: `C61: Content-Length is "-1"; it must be decimal digits`. */
export class ContractError extends Error {
  override readonly name = 'ContractError'
  /** The clause that was broken, an id of SPEC.md. */
  readonly clause: ClauseId
  /** Who broke it. A middleware is the server of the application it wraps. */
  readonly party: Party

  constructor(clause: ClauseId, party: Party, message: string) {
    super(`${clause}: ${message}`)
    this.clause = clause
    this.party = party
  }
}

/** A value on one line of printable ASCII, cut to about 60 characters, for a message. */
export function show(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  return Array.isArray(value) ? `an array of ${value.length}` : Object.prototype.toString.call(value).slice(1, -1)
}

function quote(text: string): string {
  const cut = text.length > 60 ? `${text.slice(0, 60)}…` : text
  return JSON.stringify(cut).replace(/[^\x20-\x7e]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
