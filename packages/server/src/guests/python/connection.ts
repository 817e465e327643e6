/**
 * One connection to one thread of a Python process: at most two requests outstanding, answered in order. Knows frames
 * and requests; which request goes where is the dispatcher's.
 */
import { connect, type Socket } from 'node:net'
import { FLAGS, FrameReader, type FrameReceiver, frameHead, TO_WORKER } from './frames.ts'
import { ReadMemory } from './read-memory.ts'
import type { Carrier, PythonRequest } from './request.ts'

/** Who is told what becomes of a connection. */
export interface ConnectionOwner {
  /** It can take a request. */
  freed(connection: WorkerConnection): void
  /** It will not begin this request, which waited behind another. */
  gaveBack(request: PythonRequest): void
  /** It ended. `unanswered` was being worked on, `returned` waited behind it and has not been begun. */
  lost(connection: WorkerConnection, unanswered: PythonRequest | undefined, returned: PythonRequest | undefined): void
}

export class WorkerConnection implements FrameReceiver, Carrier {
  readonly #socket: Socket
  readonly #owner: ConnectionOwner
  readonly #reader = new FrameReader(this)
  #isOpen = true
  /** The request that is worked on, and the one behind it. */
  #current: PythonRequest | undefined
  #next: PythonRequest | undefined
  /** Of the current request, modulo 65536. */
  #number = 0
  /** `performance.now()` when the current request was begun, and when something was last heard of it. */
  #begunAt = 0
  #heard = 0
  /** How long an answer takes, in ms: a moving average. */
  #pace = Number.POSITIVE_INFINITY

  /** Resolves when it is connected. */
  static open(path: string, owner: ConnectionOwner): Promise<WorkerConnection> {
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
        receiver.connection = new WorkerConnection(socket, owner)
        resolve(receiver.connection)
      })
    })
  }

  constructor(socket: Socket, owner: ConnectionOwner) {
    this.#socket = socket
    this.#owner = owner
    socket.unref()
    // An error is always followed by 'close'.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#closed())
  }

  /** Octets of a body that are certain to come next. */
  get expected(): number {
    return this.#reader.bodyLeft
  }

  /** True when it can take a request and has none. */
  get isIdle(): boolean {
    return this.#isOpen && this.#current === undefined
  }

  get isBusy(): boolean {
    return this.#current !== undefined
  }

  get current(): PythonRequest | undefined {
    return this.#current
  }

  /** What waits in the worker behind the current request. */
  get next(): PythonRequest | undefined {
    return this.#next
  }

  get begunAt(): number {
    return this.#begunAt
  }

  /** True when a second request may wait in the worker: the first is likely to be answered within `slowest` ms. */
  canQueue(slowest: number): boolean {
    if (performance.now() - this.#begunAt > slowest) return false
    const isFree = this.#isOpen && this.#current !== undefined && this.#next === undefined
    return isFree && this.#pace < slowest && this.#current?.upload === undefined
  }

  /** Sends a request: at once if the connection is idle, else behind the current one (which must be allowed by `canQueue`). */
  carry(request: PythonRequest): void {
    const { inline, block } = request
    const length = block.length + (inline?.byteLength ?? 0)
    const head = frameHead(length, TO_WORKER.request, request.flags, inline === undefined ? 0 : inline.byteLength - 1)
    if (inline === undefined) this.#socket.write(head + block, 'latin1')
    else this.#socket.write(Buffer.concat([Buffer.from(head + block, 'latin1'), inline]))
    if (this.#current === undefined) this.#begin(request)
    else this.#next = request
  }

  /** Milliseconds since something was last heard of the current request, the client's own time left out. */
  silence(now: number): number {
    if (this.#current === undefined) return 0
    if (this.#current.waitsForClient) this.#heard = now
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

  giveRoom(octets: number): void {
    const room = String.fromCharCode(octets & 0xff, (octets >> 8) & 0xff, (octets >> 16) & 0xff, octets >>> 24)
    this.#socket.write(frameHead(4, TO_WORKER.window, 0, this.#number) + room, 'latin1')
  }

  cancel(): void {
    this.#socket.write(frameHead(0, TO_WORKER.cancel, 0, this.#number), 'latin1')
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
    const request = this.#current
    this.#proceed()
    request?.whole(head, body)
    this.#tellFreed()
  }

  begun(head: string): void {
    this.#current?.begun(head)
  }

  octets(piece: Uint8Array): void {
    this.#current?.octets(piece)
  }

  ended(): void {
    const request = this.#current
    this.#proceed()
    request?.ended()
    this.#tellFreed()
  }

  failed(traceback: string): void {
    const request = this.#current
    this.#proceed()
    request?.failed(traceback)
    this.#tellFreed()
  }

  room(octets: number): void {
    this.#current?.upload?.giveRoom(octets)
  }

  givenBack(): void {
    const next = this.#next
    this.#next = undefined
    if (next !== undefined) this.#owner.gaveBack(next)
  }

  // ------------------------------------------------------------------ the line of requests

  #begin(request: PythonRequest): void {
    this.#current = request
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
  #proceed(): void {
    const took = performance.now() - this.#begunAt
    this.#pace = Number.isFinite(this.#pace) ? this.#pace * 0.9 + took * 0.1 : took
    const next = this.#next
    this.#current = undefined
    this.#next = undefined
    if (next !== undefined) this.#begin(next)
  }

  #tellFreed(): void {
    if (this.#isOpen) this.#owner.freed(this)
  }

  #sendPiece(piece: Uint8Array, last: boolean, broken: boolean): void {
    const flags = (last ? FLAGS.final : 0) | (broken ? FLAGS.broken : 0)
    const socket = this.#socket
    const head = frameHead(piece.byteLength, TO_WORKER.data, flags, this.#number)
    if (piece.byteLength === 0) {
      socket.write(head, 'latin1')
      return
    }
    socket.cork()
    socket.write(head, 'latin1')
    socket.write(piece)
    socket.uncork()
  }

  #closed(): void {
    const current = this.#current
    const next = this.#next
    this.#isOpen = false
    this.#current = undefined
    this.#next = undefined
    this.#owner.lost(this, current, next)
  }
}
