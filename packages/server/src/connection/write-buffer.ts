/**
 * What is to leave on a connection, in order. Joins text so that a head and its body, or the responses to several
 * requests, leave in one write. Hands the socket no more than it can take. Knows nothing of what the bytes mean.
 */
import type { Duplex } from 'node:stream'
import type { Timeouts } from './timeouts.ts'

/** As much as this leaves at once. */
const FLUSH_BYTES = 64 * 1024
/** Bytes up to here are joined with the text around them: a copy is cheaper than a second buffer in the write. */
const COPY_MAX_BYTES = 4 * 1024
/** Text that is not worth a write of its own. */
const SHORT_TEXT_BYTES = 16
/** A long chunk is handed over in slices, so that a client that reads slowly is seen to read. */
const SLICE_BYTES = 128 * 1024
/** How long a client that is probably gone may read nothing before it counts as gone. */
const HURRIED_MAX_MS = 5_000

/** Bytes of an owner, who is called when they have left. Never longer than a slice. */
interface Block {
  readonly bytes: Uint8Array
  readonly sent: (error?: Error | null) => void
}

export class WriteBuffer implements Flushable {
  readonly #socket: Duplex
  readonly #timeouts: Timeouts
  readonly #turn: FlushScheduler
  readonly #spoiled: () => void
  /** Latin-1 text that leaves with the next flush. */
  #text = ''
  /** Before `#text`: what is not text, and what the socket could not take yet. */
  readonly #queue: (string | Buffer | Block)[] = []
  /** Bytes added since the last flush. */
  #pending = 0
  #held = false
  #flushIsDue = false
  #finishing = false
  /** Since when nothing has moved, on the clock of `Timeouts`. */
  #stalledSince = 0
  #writeTimeMs: number
  #drained: PromiseWithResolvers<void> | undefined

  /** @param spoiled called when bytes are gone that were to leave: the announced length can never be reached. */
  constructor(socket: Duplex, timeouts: Timeouts, turn: FlushScheduler, spoiled: () => void) {
    this.#socket = socket
    this.#timeouts = timeouts
    this.#writeTimeMs = timeouts.clocks.write
    this.#turn = turn
    this.#spoiled = spoiled
  }

  /**
   * True while the client is behind, or the socket is broken: nothing new should be made for it. A broken socket takes
   * every write and says `'close'` only in the next turn, which a body that goes on in microtasks would never reach.
   */
  get congested(): boolean {
    const socket = this.#socket
    return socket.writableNeedDrain || socket.errored !== null || socket.destroyed
  }

  /** True when bytes or FIN wait and nothing has moved for too long: the client does not read, or is gone without a sign. */
  get isStalled(): boolean {
    const { writableEnded, writableFinished } = this.#socket
    const waits = this.congested || (writableEnded && !writableFinished)
    return waits && this.#timeouts.isOver(this.#writeTimeMs, this.#stalledSince)
  }

  /** The client is probably gone. If it still reads, it has this little time to show it. */
  hurry(): void {
    this.#writeTimeMs = Math.min(this.#writeTimeMs || HURRIED_MAX_MS, HURRIED_MAX_MS)
    this.#stalledSince = this.#timeouts.now
  }

  /** Adds text whose characters are bytes. It leaves with what follows, or when it is offered. */
  addText(latin1: string): void {
    this.#text += latin1
    this.#pending += latin1.length
  }

  /** Adds text as UTF-8. ASCII is the same in latin-1, and stays with the text before it. */
  addUtf8(text: string, length: number): void {
    if (length === text.length && length <= SLICE_BYTES) this.addText(text)
    else this.addBytes(Buffer.from(text))
  }

  /** Never empty: the application may yet transfer or resize the buffer, which is noticed by its being empty then. */
  addBytes(bytes: Uint8Array): void {
    if (bytes.byteLength <= COPY_MAX_BYTES) {
      this.addText(asBuffer(bytes).toString('latin1'))
      return
    }
    this.#enqueueText()
    this.#queue.push(asBuffer(bytes))
    this.#pending += bytes.byteLength
  }

  /**
   * Bytes of a file, which leave now, with what was added before. When `sent` is called they have left: their owner may
   * change them, and add the next. It is not called when the socket has gone before.
   */
  addBlock(bytes: Uint8Array, sent: (error?: Error | null) => void): void {
    this.#enqueueText()
    this.#queue.push({ bytes, sent })
    this.#pending = 0
    if (!this.congested) this.#handOver()
  }

  /** What was added may leave: at once if it is much, else with whatever is added before this turn ends. */
  offer(): void {
    if (this.#pending >= FLUSH_BYTES) this.flush()
    else if (!this.#held && !this.#flushIsDue) {
      this.#flushIsDue = true
      process.nextTick(flushNow, this)
    }
  }

  /** Nothing leaves between `hold` and `release`, unless it is much. */
  hold(): void {
    this.#held = true
  }

  release(): void {
    this.#held = false
    if (this.#pending > 0) this.#turn.leave(this)
  }

  /** The response is complete: it leaves with the others of this turn. */
  depart(): void {
    if (!this.#held) this.#turn.leave(this)
  }

  flush(): void {
    this.#pending = 0
    if (this.#queue.length === 0 && !this.congested) {
      const text = this.#text
      this.#text = ''
      if (text !== '' && !this.#socket.write(text, 'latin1')) this.#stalledSince = this.#timeouts.now
      return
    }
    this.#enqueueText()
    if (!this.congested) this.#handOver()
  }

  /** From the socket: it can take more. */
  drain(): void {
    this.#stalledSince = this.#timeouts.now
    this.flush()
    if (this.congested) return
    this.#drained?.resolve()
    this.#drained = undefined
    if (this.#finishing) this.#socket.end()
  }

  /** Resolves when the client has caught up, or has gone. */
  drained(): Promise<void> {
    if (!this.congested) return Promise.resolve()
    this.#drained ??= Promise.withResolvers()
    return this.#drained.promise
  }

  /** Sends FIN when everything has left. */
  finish(): void {
    this.flush()
    if (this.congested) {
      this.#finishing = true
      return
    }
    this.#stalledSince = this.#timeouts.now
    this.#socket.end()
  }

  /** The socket is gone. */
  discard(): void {
    this.#text = ''
    this.#pending = this.#queue.length = 0
    this.#drained?.resolve()
    this.#drained = undefined
  }

  /** The turn has ended. */
  flushDue(): void {
    this.#flushIsDue = false
    if (this.#pending > 0 && !this.#held) this.flush()
  }

  #enqueueText(): void {
    if (this.#text !== '') this.#queue.push(this.#text)
    this.#text = ''
  }

  #handOver(): void {
    const socket = this.#socket
    socket.cork()
    while (this.#queue.length > 0) {
      const next = this.#queue[0] ?? ''
      // A line end behind a long chunk goes with it: alone it would be a write, and a packet, of its own.
      if (this.congested && !(typeof next === 'string' && next.length <= SHORT_TEXT_BYTES && socket.writable)) break
      if (typeof next === 'object' && 'sent' in next) {
        this.#queue.shift()
        socket.write(next.bytes, next.sent)
      } else if (next.length === 0) {
        this.#spoiled()
        break
      } else if (typeof next !== 'string' && next.byteLength > SLICE_BYTES) {
        this.#queue[0] = next.subarray(SLICE_BYTES)
        socket.write(next.subarray(0, SLICE_BYTES))
      } else {
        this.#queue.shift()
        if (typeof next === 'string') socket.write(next, 'latin1')
        else socket.write(next)
      }
    }
    socket.uncork()
    if (this.congested) this.#stalledSince = this.#timeouts.now
  }
}

function flushNow(buffer: WriteBuffer): void {
  buffer.flushDue()
}

/** A view of a fixed length: where the buffer behind it becomes shorter, it is empty, and where it grows it stays as it is. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/*
 * One turn of the event loop, for all connections of a worker: its clock, and the responses that leave at its end. Writing
 * them one behind the other costs less than writing each when it is ready: clients on the same machine, proxies most of
 * all, are woken once and not for each, and the kernel's code stays in the caches. Knows no sockets.
 */

/** What has something to send. */
export interface Flushable {
  /** Sends it. Nothing happens where it has gone already. */
  flush(): void
}

/** So many responses make it worthwhile to wait for the end of the turn. */
const MIN_TOGETHER = 4
/** How many responses leave at once after a turn that was not worthwhile, before the next try. */
const DIRECT_FLUSHES = 32
/** No response waits longer for the others. The clock is read when an application responds. */
const FLUSH_MAX_DELAY_MS = 1

export class FlushScheduler {
  #time = 0
  #beganAt = 0
  #leaving: Flushable[] = []
  /** Responses that still leave at once. */
  #direct = 0

  /** Reads the clock. @returns milliseconds since the epoch. */
  readClock(): number {
    this.#time = Date.now()
    return this.#time
  }

  /** Sends what `leaving` has at the end of this turn, or now. */
  leave(leaving: Flushable): void {
    if (this.#direct > 0) {
      this.#direct--
      leaving.flush()
      return
    }
    if (this.#leaving.length === 0) {
      this.#beganAt = this.#time
      setImmediate(endTurn, this)
    }
    this.#leaving.push(leaving)
    if (this.#time - this.#beganAt > FLUSH_MAX_DELAY_MS) this.end()
  }

  end(): void {
    const leaving = this.#leaving
    if (leaving.length < MIN_TOGETHER || this.#time - this.#beganAt > FLUSH_MAX_DELAY_MS) this.#direct = DIRECT_FLUSHES
    this.#leaving = []
    for (const one of leaving) one.flush()
  }
}

function endTurn(turn: FlushScheduler): void {
  turn.end()
}
