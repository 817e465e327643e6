/**
 * One request of HTTP/1.1 and its response on the connection: framing, `100 Continue`, keep-alive. Its connection makes
 * it with the head, and is called when the response has ended. Knows http1 and the write buffer; no socket.
 */
import type { Chunk } from '@tsgi/contract'
import type { EnvironTemplate, FileSpan, InputSource, ResponseHead, Sink } from '@tsgi/gateways/exchange'
import type { HttpError } from '../http1/errors.ts'
import type { RequestHead } from '../http1/request-head.ts'
import {
  CHUNK_SUFFIX,
  chunkPrefix,
  INTERIM_CONTINUE,
  interimHead,
  lastChunk,
  type ResponseFraming,
  responseFraming,
  responseHead,
} from '../http1/response.ts'
import type { ConnectionContext } from './connection-context.ts'
import { FileSender } from './file-sender.ts'
import { type RequestLine, type RequestOrigin, ServedRequest } from './request.ts'
import { RequestBody, UNTIL_CLOSE } from './request-body.ts'
import type { WriteBuffer } from './write-buffer.ts'

/** What a request asks of its connection. */
export interface Http1RequestOwner {
  /** Whether the connection will not take another request after this one. */
  readonly retiring: boolean
  /** The response is complete and in the write buffer. */
  requestEnded(request: Http1Request): void
  /** The response will never be complete. */
  requestBroken(request: Http1Request): void
  /** The application reads: what has arrived may be decoded, and more may come. */
  bodyWanted(): void
}

export class Http1Request extends ServedRequest {
  readonly hasTrailers = true
  readonly #owner: Http1RequestOwner
  readonly #output: WriteBuffer
  #head: RequestHead | undefined
  #framing: ResponseFraming = 'none'
  #file: FileSender | undefined
  /** The server has decided that nothing follows this response. */
  #isLast = false
  /** Whether the connection is to stay open after the response; known with its head. */
  persistent = false

  constructor(
    context: ConnectionContext,
    origin: RequestOrigin,
    beganAt: number,
    owner: Http1RequestOwner,
    output: WriteBuffer,
  ) {
    super(context, origin, beganAt)
    this.#owner = owner
    this.#output = output
  }

  /** Whether FIN would look like the end of the response: only RST can tell that it is not. */
  get endsWithConnection(): boolean {
    return this.#framing === 'until-close' || this.status === 0
  }

  run(head: RequestHead, template: EnvironTemplate): void {
    const { section } = head
    this.#head = head
    if (section.framing.kind !== 'none') {
      const { settings, timeouts } = this.context
      this.body = new RequestBody(section.framing, section.expectsContinue, settings.limits, this, timeouts)
    }
    this.runApplication(head, template)
  }

  override refuse(error: HttpError, line: RequestLine | undefined): void {
    this.#isLast = true
    super.refuse(error, line)
  }

  /** All that came before the FIN has been decoded, and the body is not complete. */
  bodyEnded(): void {
    this.body?.clientEnded()
  }

  // ------------------------------------------------------------------ the response, from the exchange

  writeHead(head: ResponseHead): void {
    if (this.progress !== 'waiting') return
    const section = this.#head?.section
    const minor = section?.minor ?? 1
    const framing = responseFraming(head, minor)
    const stays = section?.persistent === true && !this.#isLast && !this.#owner.retiring && this.#bodyKeepsConnection()
    this.progress = 'head'
    this.#framing = framing
    this.status = head.code
    this.responseHeaders = head.headers
    this.persistent = stays && framing !== 'until-close'
    const { openings, flushes } = this.context
    const frame = { minor, framing, persistent: this.persistent, openings, now: flushes.readClock() }
    this.#output.addText(responseHead(head, frame))
  }

  flushHead(): void {
    this.#output.offer()
  }

  /** The exchange keeps the bytes in step with the announced length: each of them is sent. */
  write(chunk: Chunk, bytes: number): boolean {
    const output = this.#output
    if (this.progress !== 'head' || this.#framing === 'none') return true
    const isChunked = this.#framing === 'chunked'
    if (isChunked) output.addText(chunkPrefix(bytes))
    if (typeof chunk === 'string') output.addUtf8(chunk, bytes)
    else {
      this.context.collector.passed(bytes)
      output.addBytes(chunk)
    }
    if (isChunked) output.addText(CHUNK_SUFFIX)
    output.offer()
    this.bytes += bytes
    return !output.congested
  }

  /** A span is as long as announced: its framing is a length, and its bytes leave as they are. */
  sendFile(span: FileSpan, ended: (error?: Error) => void): void {
    this.#file = new FileSender(span, this.context.blocks, {
      writeBlock: (bytes, sent) => {
        this.bytes += bytes.byteLength
        this.#output.addBlock(bytes, sent)
      },
      fileEnded: (error) => {
        this.#file = undefined
        ended(error)
      },
    })
    this.#file.start()
  }

  drained(): Promise<void> {
    return this.#output.drained()
  }

  end(trailers?: readonly string[]): void {
    if (this.progress === 'ended') return
    this.progress = 'ended'
    if (this.#framing === 'chunked') this.#output.addText(lastChunk(trailers))
    this.#output.depart()
    this.body?.drop()
    this.#owner.requestEnded(this)
  }

  abort(_reason: unknown): void {
    if (this.progress === 'ended') return
    this.discard()
    this.broken('the application failed in mid-response')
    this.#owner.requestBroken(this)
  }

  /** Not there unless the operator wants it: a proxy may take an interim response for the response (see `--early-hints`). */
  get informational(): Sink['informational'] {
    return this.context.settings.earlyHints === true ? this.sendInterim : undefined
  }

  /** RFC 9110 §15.2: an interim response is never sent to an HTTP/1.0 client. */
  sendInterim(status: string, headers: readonly string[]): void {
    if (this.progress !== 'waiting' || this.#head?.section.minor === 0) return
    this.#output.addText(interimHead(status, headers))
    this.#output.offer()
  }

  /** RFC 9110 §7.8: what follows is not framed, and no request follows. */
  upgrade(headers: readonly string[]): InputSource {
    this.progress = 'head'
    this.#framing = 'until-close'
    this.status = 101
    this.#output.addText(interimHead('101 Switching Protocols', ['Connection', 'Upgrade', ...headers]))
    this.#output.offer()
    const { settings, timeouts } = this.context
    this.body = new RequestBody(UNTIL_CLOSE, false, settings.limits, this, timeouts)
    return this.body
  }

  protected discard(): void {
    this.progress = 'ended'
    this.#file?.stop()
  }

  // ------------------------------------------------------------------ the request body, from its reader

  bodyWanted(): void {
    this.#owner.bodyWanted()
  }

  /** At most once, and never after a final status (RFC 9110 §10.1.1). */
  continueWanted(): void {
    if (this.progress !== 'waiting') return
    this.#output.addText(INTERIM_CONTINUE)
    this.#output.offer()
  }

  #bodyKeepsConnection(): boolean {
    return this.body === undefined || this.body.keepsConnection(this.context.settings.limits.unreadBody)
  }
}
