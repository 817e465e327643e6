/** A response that is collected and given back whole, in the form that each kind of event wants. */
import { Buffer } from 'node:buffer'
import type { Chunk } from '@tsgi/contract'
import { concat, toBytes } from '../exchange/bytes.ts'
import type { ResponseHead, Sink } from '../exchange/sink.ts'
import type { EventKind } from './event.ts'

export interface LambdaResult {
  readonly statusCode: number
  readonly statusDescription?: string
  readonly headers: Readonly<Record<string, string>>
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>
  readonly cookies?: readonly string[]
  readonly body: string
  readonly isBase64Encoded: boolean
}

/** What AWS takes of a response, as a whole. */
const MAX_RESULT_BYTES = 6 * 1024 * 1024

export class BufferedSink implements Sink {
  /** Called when the response is larger than Lambda takes: an endless one would fill the memory. */
  onOverflow: (reason: Error) => void = () => undefined
  /** Resolves when the response is whole, or cannot be. */
  readonly finished: Promise<void>
  readonly waitUntil: (promise: Promise<unknown>) => void
  readonly #end: PromiseWithResolvers<void> = Promise.withResolvers()
  readonly #chunks: Uint8Array[] = []
  #head: ResponseHead | undefined
  #isCut = false
  #bytes = 0

  constructor(waitUntil: (promise: Promise<unknown>) => void) {
    this.waitUntil = waitUntil
    this.finished = this.#end.promise
  }

  writeHead(head: ResponseHead): void {
    this.#head = head
  }

  write(chunk: Chunk): boolean {
    const bytes = toBytes(chunk)
    this.#bytes += bytes.byteLength
    if (this.#bytes > MAX_RESULT_BYTES) {
      this.abort()
      this.#chunks.length = 0
      this.onOverflow(new Error(`the response is larger than the ${MAX_RESULT_BYTES} bytes that Lambda takes`))
    } else this.#chunks.push(bytes)
    return true
  }

  drained(): Promise<void> {
    return Promise.resolve()
  }

  end(): void {
    this.#end.resolve()
  }

  /** Nothing is sent yet, so a failure midway can still become an error response. */
  abort(): void {
    this.#isCut = true
    this.#end.resolve()
  }

  result(kind: EventKind, hasManyValues: boolean): LambdaResult {
    const head = this.#head
    if (head === undefined || this.#isCut)
      return { statusCode: 502, statusDescription: '502 Bad Gateway', headers: {}, body: '', isBase64Encoded: false }
    const body = concat(this.#chunks)
    const isText = isTextual(head)
    return {
      statusCode: head.code,
      ...(kind === 'load-balancer' ? { statusDescription: head.status } : {}),
      ...fieldsOf(head, kind, hasManyValues),
      body: isText ? new TextDecoder().decode(body) : Buffer.from(body).toString('base64'),
      isBase64Encoded: !isText,
    }
  }
}

/** What may go as text; everything else is sent as base64, which loses nothing. */
function isTextual({ headers }: ResponseHead): boolean {
  let type = ''
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]?.toLowerCase()
    if (name === 'content-encoding') return false
    if (name === 'content-type') type = headers[i + 1] ?? ''
  }
  if (/charset=(?!\s*"?utf-8)/i.test(type)) return false
  return (
    type === '' ||
    /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml)\b|application\/(?:javascript|x-www-form-urlencoded)\b)/i.test(
      type,
    )
  )
}

/** Names and values, with each cookie in a separate field if the event allows it. */
export function fieldsOf(
  { headers, contentLength, bodyless }: ResponseHead,
  kind: EventKind,
  hasManyValues: boolean,
): Pick<LambdaResult, 'headers' | 'multiValueHeaders' | 'cookies'> {
  const many: Record<string, string[]> = {}
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    many[name] = [...(many[name] ?? []), headers[i + 1] ?? '']
  }
  // Lambda counts a body itself; only HEAD has a length that it cannot count.
  if (bodyless && contentLength !== undefined) many['Content-Length'] = [String(contentLength)]
  const cookieNames = Object.keys(many).filter((name) => name.toLowerCase() === 'set-cookie')
  if (kind === 'v2') {
    const cookies = cookieNames.flatMap((name) => many[name] ?? [])
    for (const name of cookieNames) delete many[name]
    return { headers: joined(many), ...(cookies.length === 0 ? {} : { cookies }) }
  }
  if (kind === 'v1' || hasManyValues) return { headers: {}, multiValueHeaders: many }
  for (const name of cookieNames) many[name] = (many[name] ?? []).slice(-1) // one is all that such a balancer takes
  return { headers: joined(many) }
}

function joined(many: Readonly<Record<string, readonly string[]>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(many).map(([name, values]) => [name, values.join(', ')]))
}
