/**
 * One connection to one thread of a Python process: a short line of requests, answered in order. Knows frames and
 * requests; which request goes where is the dispatcher's.
 */
import { connect, type Socket } from 'node:net'
import { FLAGS, FrameReader, type FrameReceiver, frameHead, TO_WORKER } from './frames.ts'
import { ReadMemory } from './read-memory.ts'
import type { Carrier, PythonRequest } from './request.ts'

/** Learns what becomes of a connection. */
export interface ConnectionOwner {
  /** It can take a request. */
  freed(connection: WorkerConnection): void
  /** It will not begin this request, which waited behind another. */
  gaveBack(request: PythonRequest): void
  /** It ended. `unanswered` was being worked on, `returned` waited behind it and have not been begun. */
  lost(connection: WorkerConnection, unanswered: PythonRequest | undefined, returned: readonly PythonRequest[]): void
}

export class WorkerConnection implements FrameReceiver, Carrier {
  readonly #socket: Socket
  readonly #owner: ConnectionOwner
  readonly #reader = new FrameReader(this)
  readonly #depth: number
  #isOpen = true
  /** The request that is worked on, and those behind it. */
  readonly #line: PythonRequest[] = []
  /** Frames that leave with the next write, as latin-1 text. */
  #text = ''
  /** Of the current request, modulo 65536. */
  #number = 0
  /** `performance.now()` when the current request was begun, and when something was last heard of it. */
  #begunAt = 0
  #heard = 0
  /** How long a response takes, in ms: a moving average; infinite before the first. */
  pace: number = Number.POSITIVE_INFINITY

  /**
   * Resolves when it is connected.
   * @param depth requests that may be outstanding.
   */
  static open(path: string, owner: ConnectionOwner, depth: number): Promise<WorkerConnection> {
    return new Promise((resolve, reject) => {
      const receiver: { connection?: WorkerConnection } = {}
      const memory = new ReadMemory()
      const callback = (length: number) => receiver.connection?.receive(memory, length) ?? true
      const socket = connect({
        path,
        onread: { buffer: () => memory.next(receiver.connection?.expected ?? 0), callback },
      })
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        receiver.connection = new WorkerConnection(socket, owner, depth)
        resolve(receiver.connection)
      })
    })
  }

  constructor(socket: Socket, owner: ConnectionOwner, depth: number) {
    this.#socket = socket
    this.#owner = owner
    this.#depth = depth
    socket.unref()
    // An error is always followed by 'close'.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#closed())
  }

  /** Bytes of a body that are certain to come next. */
  get expected(): number {
    return this.#reader.bodyLeft
  }

  /** True when it can take a request and has none. */
  get isIdle(): boolean {
    return this.#isOpen && this.#line.length === 0
  }

  get isBusy(): boolean {
    return this.#line.length > 0
  }

  get current(): PythonRequest | undefined {
    return this.#line[0]
  }

  /** The current request and what waits in the worker behind it. */
  get line(): readonly PythonRequest[] {
    return this.#line
  }

  get begunAt(): number {
    return this.#begunAt
  }

  /**
   * True when one more request may wait in the worker: the current one is likely to be answered within `slowest` ms. A
   * line is filled when half of it has been answered, so that several requests cost one write and one read.
   */
  canQueue(slowest: number): boolean {
    const { length } = this.#line
    const hasRoom = this.#text === '' ? length <= this.#depth / 2 : length < this.#depth
    if (!hasRoom || length === 0 || !this.#isOpen || this.pace >= slowest) return false
    return this.#line[0]?.upload === undefined && performance.now() - this.#begunAt <= slowest
  }

  /**
   * Takes a request: to be worked on if the connection is idle, else behind the others (which must be allowed by
   * `canQueue`). It is sent by `flush()` at the latest.
   */
  carry(request: PythonRequest): void {
    const { inline, block } = request
    const length = block.length + (inline?.byteLength ?? 0)
    const auxiliary = inline === undefined ? 0 : inline.byteLength - 1
    this.#text += frameHead(length, TO_WORKER.request, request.flags, auxiliary) + block
    if (inline !== undefined) this.#sendInline(inline)
    this.#line.push(request)
    if (this.#line.length === 1) this.#begin()
  }

  /** Sends what has been taken. */
  flush(): void {
    const text = this.#text
    this.#text = ''
    if (text !== '') this.#socket.write(text, 'latin1')
  }

  /** Milliseconds since something was last heard of the current request, the client's own time left out. */
  silence(now: number): number {
    const current = this.#line[0]
    if (current === undefined) return 0
    if (current.waitsForClient) this.#heard = now
    return now - this.#heard
  }

  /** Ends the connection: the worker sees the end and leaves. */
  end(): void {
    this.#socket.destroySoon()
  }

  /** Ends it at once. */
  destroy(): void {
    this.#socket.destroy()
  }

  giveRoom(bytes: number): void {
    const room = String.fromCharCode(bytes & 0xff, (bytes >> 8) & 0xff, (bytes >> 16) & 0xff, bytes >>> 24)
    this.#text += frameHead(4, TO_WORKER.window, 0, this.#number) + room
    this.flush()
  }

  cancel(): void {
    this.#text += frameHead(0, TO_WORKER.cancel, 0, this.#number)
    this.flush()
  }

  /** @returns true: reading goes on, whatever a single client does. */
  receive(memory: ReadMemory, length: number): boolean {
    this.#heard = performance.now()
    try {
      this.#reader.push(memory.take(length), memory.isOurs)
    } catch {
      this.#socket.destroy()
    }
    return true
  }

  // ------------------------------------------------------------------ frames

  whole(head: string, body: Uint8Array): void {
    const request = this.#proceed()
    request?.whole(head, body)
    this.#tellFreed()
  }

  begun(head: string, isAlone: boolean): void {
    this.#line[0]?.begun(head, isAlone)
  }

  bytes(piece: Uint8Array): void {
    this.#line[0]?.bytes(piece)
  }

  ended(): void {
    const request = this.#proceed()
    request?.ended()
    this.#tellFreed()
  }

  failed(traceback: string): void {
    const request = this.#proceed()
    request?.failed(traceback)
    this.#tellFreed()
  }

  room(bytes: number): void {
    this.#line[0]?.upload?.giveRoom(bytes)
  }

  givenBack(): void {
    const [next] = this.#line.splice(1, 1)
    if (next !== undefined) this.#owner.gaveBack(next)
  }

  // ------------------------------------------------------------------ the line of requests

  #begin(): void {
    const request = this.#line[0]
    if (request === undefined) return
    this.#number = (this.#number + 1) & 0xffff
    this.#begunAt = this.#heard = performance.now()
    if (request.state === 'over') {
      // Its client left while it waited in the worker.
      this.cancel()
      return
    }
    request.begin(this)
    request.upload?.begin(
      (piece, last, broken) => this.#sendPiece(piece, last, broken),
      (error) => request.inputFailed(error),
    )
  }

  /** The current request is answered: the one behind it is being worked on already. */
  #proceed(): PythonRequest | undefined {
    const took = performance.now() - this.#begunAt
    this.pace = Number.isFinite(this.pace) ? this.pace * 0.9 + took * 0.1 : took
    const request = this.#line.shift()
    this.#begin()
    return request
  }

  #tellFreed(): void {
    if (this.#isOpen && this.#line.length <= this.#depth / 2) this.#owner.freed(this)
  }

  /** A small body leaves with the text around it: a copy is cheaper than a second buffer. */
  #sendInline(body: Uint8Array): void {
    if (body.byteLength <= SMALL_BODY_BYTES) {
      this.#text += Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
      return
    }
    const text = this.#text
    this.#text = ''
    this.#socket.write(Buffer.concat([Buffer.from(text, 'latin1'), body]))
  }

  #sendPiece(piece: Uint8Array, last: boolean, broken: boolean): void {
    const flags = (last ? FLAGS.final : 0) | (broken ? FLAGS.broken : 0)
    const socket = this.#socket
    this.#text += frameHead(piece.byteLength, TO_WORKER.data, flags, this.#number)
    if (piece.byteLength === 0) {
      this.flush()
      return
    }
    socket.cork()
    this.flush()
    socket.write(piece)
    socket.uncork()
  }

  #closed(): void {
    const [current, ...behind] = this.#line
    this.#isOpen = false
    this.#line.length = 0
    this.#text = ''
    this.#owner.lost(this, current, behind)
  }
}

/** Bytes of a body that are sent as text. */
const SMALL_BODY_BYTES = 4 * 1024
