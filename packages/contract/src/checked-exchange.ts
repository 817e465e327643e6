/**
 * One call of a validated application: its phase, its head, the bytes that were sent. Every guard
 * of the call reads and updates it. Knows nothing of how the guards wrap things.
 */
import type { BreachRecord } from './breach-record.ts'
import type { ClauseId } from './clauses.ts'
import { ContractError, show } from './contract-error.ts'
import type { Environ } from './environ.ts'
import type { HeaderList } from './start-response.ts'

/** `called`: the application has not returned. `returned`: the server has its body. `ended`: the response is over. */
type Phase = 'called' | 'returned' | 'ended'

/** The parts of the last head of `startResponse` that the checks need. */
interface Head {
  readonly code: string
  /** Declared bytes, if any. Beyond 2^53 it is inexact, which no body of a test reaches. */
  readonly contentLength: number | undefined
  readonly typed: boolean
}

export class CheckedExchange {
  readonly method: string
  readonly strict: boolean
  readonly record: BreachRecord
  phase: Phase = 'called'
  head: Head | undefined
  /** Bytes handed to the server, by `write` and by the body. */
  bytes = 0
  #hidden: ContractError | undefined
  #fileEnd: number | undefined

  readonly #environ: Environ

  /** `environ` is not yet checked: even a breach in the environ needs an exchange to report it. */
  constructor(environ: Environ, strict: boolean, record: BreachRecord) {
    this.#environ = environ
    this.method = String(Object(environ).REQUEST_METHOD)
    this.strict = strict
    this.record = record
  }

  /** A breach that the guard throws directly to the caller of the application. */
  toCaller(clause: ClauseId, party: 'application' | 'server', message: string): ContractError {
    const error = new ContractError(clause, party, message)
    this.record.found(error)
    this.record.seen(error)
    return error
  }

  /** A breach found while the application runs: thrown to it, and kept for the caller in case the application swallows it. */
  toApplication(clause: ClauseId, party: 'application' | 'server', message: string): ContractError {
    const error = new ContractError(clause, party, message)
    this.record.found(error)
    if (this.phase !== 'ended') this.#hidden ??= error
    return error
  }

  /** Throws the breach that was thrown to the application, if the application swallowed it. */
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

  /** The connection changes to another protocol: no head describes the bytes that follow. */
  upgrade(): void {
    this.head = { code: '101', contentLength: undefined, typed: true }
  }

  /** True when the response has no content by its status or its method (RFC 9110 §6.4.1). */
  get contentless(): boolean {
    return this.method === 'HEAD' || CONTENTLESS.has(this.head?.code ?? '')
  }

  /** Whether the server has signalled that the client no longer waits for the response. */
  clientGone(): boolean {
    const { 'tsgi.signal': signal }: Partial<Environ> = this.#environ // an application may have removed it
    return signal?.aborted === true
  }

  /** Checks one chunk and counts its bytes. @returns the breach, if any, for the caller to throw. */
  takeChunk(chunk: unknown): [ClauseId, string] | undefined {
    const size = byteLengthOf(chunk)
    if (size === undefined) return ['C67', `a chunk is ${show(chunk)}; it must be a string or a Uint8Array`]
    if (this.head === undefined) {
      return size > 0 ? ['C48', 'a chunk came before startResponse was called; it must be called first'] : undefined
    }
    this.bytes += size
    return size > 0 ? this.#contentBreach(this.head) : undefined
  }

  #contentBreach({ code, contentLength, typed }: Head): [ClauseId, string] | undefined {
    if (CONTENTLESS.has(code)) return ['C70', `a ${code} response has bytes; it must have none`]
    if (contentLength !== undefined && this.bytes > contentLength) {
      return ['C71', `the body has ${this.bytes} bytes or more; Content-Length declares ${contentLength}`]
    }
    if (this.strict && !typed) return ['C64', 'a response with bytes has no Content-Type; it should name one']
    return undefined
  }

  /** Checks the span of a `FileBody`, whose bytes are known before they are read. */
  takeFile(length: number): [ClauseId, string] | undefined {
    if (this.head === undefined) return ['C48', 'a FileBody was returned and startResponse was not called; it must be']
    const total = this.bytes + length
    if (length > 0 && CONTENTLESS.has(this.head.code)) {
      return ['C70', `a ${this.head.code} response has bytes; it must have none`]
    }
    const { contentLength } = this.head
    if (contentLength !== undefined && contentLength !== total) {
      return ['C71', `the body has ${total} bytes; Content-Length declares ${contentLength}`]
    }
    this.#fileEnd = total
    return undefined
  }

  /** Checks what is only known when the body is over. */
  takeEnd(): [ClauseId, string] | undefined {
    if (this.head === undefined) return ['C48', 'the body ended and startResponse was never called; it must be called']
    if (this.#fileEnd !== undefined && this.#fileEnd !== this.bytes) {
      return ['C69', `a FileBody yielded ${this.bytes} bytes; its length is ${this.#fileEnd}`]
    }
    const { contentLength } = this.head
    if (contentLength === undefined || this.method === 'HEAD' || this.bytes === contentLength) return undefined
    return ['C71', `the body has ${this.bytes} bytes; Content-Length declares ${contentLength}`]
  }
}

// RFC 9110 §15.3.5, §15.3.6, §15.4.5.
const CONTENTLESS: ReadonlySet<string> = new Set(['204', '205', '304'])

/** The number of bytes that a chunk has on the wire; `undefined` if it is not a chunk. */
export function byteLengthOf(chunk: unknown): number | undefined {
  if (typeof chunk === 'string') return new TextEncoder().encode(chunk).length
  return isBytes(chunk) ? chunk.length : undefined
}

/** True for a `Uint8Array` of any realm, and so for node's `Buffer`. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]'
}
