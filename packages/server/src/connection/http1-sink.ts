/**
 * One response as HTTP/1.1 octets on a connection: the worker's Sink. Made for one request and dead after it, so that
 * nothing an application does late can reach the next response. Knows framing (http1) and the outbox; no socket.
 */
import type { Chunk } from '@tsgi/contract'
import { type FileSpan, type InputSource, type LoopTurn, type ResponseHead, type Sink, toBytes } from '@tsgi/gateways/exchange'
import { BodyEncoder, CHUNK_SUFFIX, chunkPrefix, LAST_CHUNK, responseFraming } from '../http1/body-encoder.ts'
import { interimHead, type ResponseFrame, responseHead } from '../http1/response-head.ts'
import type { BufferPool } from './buffer-pool.ts'
import { FileSender } from './file-sender.ts'
import type { MinorGc } from './minor-gc.ts'
import type { WriteBuffer } from './write-buffer.ts'

/** What a response asks of its connection. */
export interface ResponseOwner {
  /** What files are read into. */
  readonly blocks: BufferPool
  readonly loopTurn: LoopTurn
  /** Told of buffers that leave: they are garbage soon. */
  readonly collector: MinorGc
  /** How the head that is about to leave is to be framed. */
  responseFrame(): ResponseFrame
  /** The last octet is in the outbox. */
  responseEnded(sink: Http1Sink): void
  /** The response cannot be completed. */
  responseBroken(sink: Http1Sink): void
  /** A 101 is in the outbox. @returns what comes from here on, which is not HTTP. */
  upgraded(): InputSource
  /** Work that goes on after the response. */
  waitUntil(promise: Promise<unknown>): void
}

/** - `waiting`: no head yet; - `head`: it is in the outbox, and what it announced follows; - `ended`: nothing follows. */
type SinkState = 'waiting' | 'head' | 'ended'

export class Http1Sink implements Sink {
  readonly #outbox: WriteBuffer
  readonly #owner: ResponseOwner
  #state: SinkState = 'waiting'
  #encoder: BodyEncoder | undefined
  #file: FileSender | undefined
  /** The status that was sent, 0 before. */
  status = 0
  /** Octets of the body, framing left out. */
  bytes = 0
  /** Whether the connection is to stay open after this response; known with the head. */
  persistent = false

  constructor(outbox: WriteBuffer, owner: ResponseOwner) {
    this.#outbox = outbox
    this.#owner = owner
  }

  get turn(): LoopTurn {
    return this.#owner.loopTurn
  }

  get state(): SinkState {
    return this.#state
  }

  /** True when the end of the connection would look like the end of the body. */
  get endsWithConnection(): boolean {
    return this.#encoder?.framing === 'until-close'
  }

  writeHead(head: ResponseHead): void {
    if (this.#state !== 'waiting') return
    const frame = this.#owner.responseFrame()
    const framing = responseFraming(head, frame.minor)
    this.#state = 'head'
    this.#encoder = new BodyEncoder(framing, head.contentLength)
    this.status = head.code
    this.persistent = frame.persistent && framing !== 'until-close'
    this.#outbox.addText(responseHead(head, frame))
  }

  write(chunk: Chunk, length: number): boolean {
    const encoder = this.#encoder
    if (encoder === undefined || this.#state !== 'head') return true
    const admitted = encoder.admit(length)
    if (admitted > 0) {
      const chunked = encoder.framing === 'chunked'
      if (chunked) this.#outbox.addText(chunkPrefix(admitted))
      if (admitted < length) this.#outbox.addOctets(toBytes(chunk).subarray(0, admitted))
      else if (typeof chunk === 'string') this.#outbox.addUtf8(chunk, length)
      else {
        this.#owner.collector.passed(length)
        this.#outbox.addOctets(chunk)
      }
      if (chunked) this.#outbox.addText(CHUNK_SUFFIX)
      this.#outbox.offer()
      this.bytes += admitted
    }
    return !this.#outbox.congested
  }

  /** A span is as long as announced: its framing is a length, and its octets leave as they are. */
  sendFile(span: FileSpan, ended: (error?: Error) => void): void {
    this.#file = new FileSender(span, this.#owner.blocks, {
      writeBlock: (octets, sent) => {
        const admitted = this.#encoder?.admit(octets.byteLength) ?? 0
        this.bytes += admitted
        this.#outbox.addBlock(octets.subarray(0, admitted), sent)
      },
      fileEnded: (error) => {
        this.#file = undefined
        ended(error)
      },
    })
    this.#file.start()
  }

  drained(): Promise<void> {
    return this.#outbox.drained()
  }

  end(): void {
    if (this.#state === 'ended') return
    if (this.#encoder?.complete !== true) {
      this.abort(new Error('the response is shorter than announced'))
      return
    }
    this.#state = 'ended'
    if (this.#encoder.framing === 'chunked') this.#outbox.addText(LAST_CHUNK)
    this.#outbox.depart()
    this.#owner.responseEnded(this)
  }

  abort(_reason: unknown): void {
    if (this.#state === 'ended') return
    this.discard()
    this.#owner.responseBroken(this)
  }

  /** RFC 9110 §15.2: an interim response is never sent to an HTTP/1.0 client. */
  informational(status: string, headers: readonly string[]): void {
    if (this.#state === 'waiting' && this.#owner.responseFrame().minor > 0) {
      this.#outbox.addText(interimHead(status, headers))
      this.#outbox.offer()
    }
  }

  /** RFC 9110 §7.8: what follows is not framed, and no request follows. */
  upgrade(headers: readonly string[]): InputSource {
    this.#state = 'head'
    this.#encoder = new BodyEncoder('until-close', undefined)
    this.status = 101
    this.#outbox.addText(interimHead('101 Switching Protocols', ['Connection', 'Upgrade', ...headers]))
    this.#outbox.offer()
    return this.#owner.upgraded()
  }

  waitUntil(promise: Promise<unknown>): void {
    this.#owner.waitUntil(promise)
  }

  /** From the connection: it is over, whatever still comes is dropped. */
  discard(): void {
    this.#state = 'ended'
    this.#file?.stop()
  }
}
