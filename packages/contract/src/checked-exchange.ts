/**
 * One call of a validated application: how far it has come, the head it was given, the octets that went. Every guard
 * of the call asks and tells it; it knows nothing of how they wrap things.
 */
import type { BreachRecord } from './breach-record.ts'
import type { ClauseId } from './clauses.ts'
import { ContractError, show } from './contract-error.ts'
import type { Environ } from './environ.ts'
import type { HeaderList } from './start-response.ts'

/** `called`: the application has not returned. `returned`: the server has its body. `ended`: the response is over. */
type Phase = 'called' | 'returned' | 'ended'

/** What the checks need of the head that `startResponse` was given last. */
interface Head {
  readonly code: string
  /** Declared octets, if any. Beyond 2^53 it is inexact, which no body of a test reaches. */
  readonly contentLength: number | undefined
  readonly typed: boolean
}

export class CheckedExchange {
  readonly method: string
  readonly strict: boolean
  readonly record: BreachRecord
  phase: Phase = 'called'
  head: Head | undefined
  /** Octets handed to the server, by `write` and by the body. */
  octets = 0
  #hidden: ContractError | undefined
  #fileEnd: number | undefined

  readonly #environ: Environ

  /** `environ` may still be anything: a breach in it needs an exchange to be found in. */
  constructor(environ: Environ, strict: boolean, record: BreachRecord) {
    this.#environ = environ
    this.method = String(Object(environ).REQUEST_METHOD)
    this.strict = strict
    this.record = record
  }

  /** A breach to be thrown straight to the caller of the application. */
  toCaller(clause: ClauseId, party: 'application' | 'server', message: string): ContractError {
    const error = new ContractError(clause, party, message)
    this.record.found(error)
    this.record.seen(error)
    return error
  }

  /** A breach found while the application runs: thrown to it, and kept for the caller should it be swallowed. */
  toApplication(clause: ClauseId, party: 'application' | 'server', message: string): ContractError {
    const error = new ContractError(clause, party, message)
    this.record.found(error)
    if (this.phase !== 'ended') this.#hidden ??= error
    return error
  }

  /** Throws the breach that the application was told of and did not let pass. */
  surface(): void {
    const error = this.#hidden
    if (error === undefined) return
    this.#hidden = undefined
    this.record.seen(error)
    throw error
  }

  /** The error to pass on to the caller when the application failed with `error`. */
  failure(error: unknown): unknown {
    const hidden = this.#hidden
    this.#hidden = undefined
    if (hidden !== undefined) this.record.seen(hidden)
    return hidden ?? error
  }

  begin(status: string, headers: HeaderList): void {
    const length = headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1]
    this.head = {
      code: status.slice(0, 3),
      contentLength: length === undefined ? undefined : Number(length),
      typed: headers.some(([name]) => name.toLowerCase() === 'content-type'),
    }
  }

  /** The connection speaks another protocol: octets follow that no head describes. */
  upgrade(): void {
    this.head = { code: '101', contentLength: undefined, typed: true }
  }

  /** True when the response has no content by its status or its method (RFC 9110 §6.4.1). */
  get contentless(): boolean {
    return this.method === 'HEAD' || CONTENTLESS.has(this.head?.code ?? '')
  }

  /** Whether the server has said that nobody waits for the response any more. */
  clientGone(): boolean {
    const { 'tsgi.signal': signal }: Partial<Environ> = this.#environ // an application may have removed it
    return signal?.aborted === true
  }

  /** Checks one chunk and counts it; the breach, if there is one, is for the caller to throw. */
  takeChunk(chunk: unknown): [ClauseId, string] | undefined {
    const size = octetsOf(chunk)
    if (size === undefined) return ['C67', `a chunk is ${show(chunk)}; it must be a string or a Uint8Array`]
    if (this.head === undefined) {
      return size > 0 ? ['C48', 'a chunk came before startResponse was called; it must be called first'] : undefined
    }
    this.octets += size
    return size > 0 ? this.#contentBreach(this.head) : undefined
  }

  #contentBreach({ code, contentLength, typed }: Head): [ClauseId, string] | undefined {
    if (CONTENTLESS.has(code)) return ['C70', `a ${code} response has octets; it must have none`]
    if (contentLength !== undefined && this.octets > contentLength) {
      return ['C71', `the body has ${this.octets} octets or more; Content-Length declares ${contentLength}`]
    }
    if (this.strict && !typed) return ['C64', 'a response with octets has no Content-Type; it should name one']
    return undefined
  }

  /** Checks the span of a `FileBody`, whose octets are known before they are read. */
  takeFile(length: number): [ClauseId, string] | undefined {
    if (this.head === undefined) return ['C48', 'a FileBody was returned and startResponse was not called; it must be']
    const total = this.octets + length
    if (length > 0 && CONTENTLESS.has(this.head.code)) {
      return ['C70', `a ${this.head.code} response has octets; it must have none`]
    }
    const { contentLength } = this.head
    if (contentLength !== undefined && contentLength !== total) {
      return ['C71', `the body has ${total} octets; Content-Length declares ${contentLength}`]
    }
    this.#fileEnd = total
    return undefined
  }

  /** Checks what is only known when the body is over. */
  takeEnd(): [ClauseId, string] | undefined {
    if (this.head === undefined) return ['C48', 'the body ended and startResponse was never called; it must be called']
    if (this.#fileEnd !== undefined && this.#fileEnd !== this.octets) {
      return ['C69', `a FileBody yielded ${this.octets} octets; its length is ${this.#fileEnd}`]
    }
    const { contentLength } = this.head
    if (contentLength === undefined || this.method === 'HEAD' || this.octets === contentLength) return undefined
    return ['C71', `the body has ${this.octets} octets; Content-Length declares ${contentLength}`]
  }
}

// RFC 9110 §15.3.5, §15.3.6, §15.4.5.
const CONTENTLESS: ReadonlySet<string> = new Set(['204', '205', '304'])

/** The octets a chunk is sent as; `undefined` if it is no chunk. */
export function octetsOf(chunk: unknown): number | undefined {
  if (typeof chunk === 'string') return new TextEncoder().encode(chunk).length
  return isOctets(chunk) ? chunk.length : undefined
}

/** True for a `Uint8Array` of any realm, and so for node's `Buffer`. */
export function isOctets(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]'
}
