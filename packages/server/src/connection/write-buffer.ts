/**
 * What is to leave on a connection, in order. Gathers text so that a head and its body, or the answers to a row of
 * requests, leave in one write; hands the socket no more than it can take. Knows nothing of what the octets mean.
 */
import type { Duplex } from 'node:stream'
import type { Timeouts } from './timeouts.ts'

/** Text gathered up to here leaves at once. */
const GATHERED = 64 * 1024
/** Octets up to here are gathered with the text around them: a copy is cheaper than a second buffer in the write. */
const SMALL = 4 * 1024
/** A long chunk is handed over in slices, so that a client that reads slowly is seen to read. */
const SLICE = 128 * 1024
/** How long a client that is probably gone may read nothing before it counts as gone. */
const HURRIED_MAX_MS = 5_000

/** Octets that are somebody's, who is told when they are out. Never longer than a slice. */
interface Block {
  readonly octets: Uint8Array
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
  /** Octets added since the last flush. */
  #pending = 0
  #held = false
  #flushIsDue = false
  #finishing = false
  /** Since when nothing has moved, on the clock of `Timeouts`. */
  #stalledSince = 0
  #patience: number
  #drained: PromiseWithResolvers<void> | undefined

  /** @param spoiled told that octets are gone which were to leave: what was announced can never follow. */
  constructor(socket: Duplex, timeouts: Timeouts, turn: FlushScheduler, spoiled: () => void) {
    this.#socket = socket
    this.#timeouts = timeouts
    this.#patience = timeouts.clocks.write
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

  /** True when octets or FIN wait and nothing has moved for too long: the client does not read, or is gone without a sign. */
  get isStalled(): boolean {
    const { writableEnded, writableFinished } = this.#socket
    const waits = this.congested || (writableEnded && !writableFinished)
    return waits && this.#timeouts.isOver(this.#patience, this.#stalledSince)
  }

  /** From the connection: the client is probably gone. Who still reads has so little time to show it. */
  hurry(): void {
    this.#patience = Math.min(this.#patience || HURRIED_MAX_MS, HURRIED_MAX_MS)
    this.#stalledSince = this.#timeouts.now
  }

  /** Adds text whose characters are octets. It leaves with what follows, or when it is offered. */
  addText(latin1: string): void {
    this.#text += latin1
    this.#pending += latin1.length
  }

  /** Adds text as UTF-8. ASCII is the same in latin-1, and stays with the text before it. */
  addUtf8(text: string, length: number): void {
    if (length === text.length && length <= GATHERED) this.addText(text)
    else this.addOctets(Buffer.from(text))
  }

  /** Never empty: whoever made them may yet transfer or resize their buffer, and is found out by their being empty then. */
  addOctets(octets: Uint8Array): void {
    if (octets.byteLength <= SMALL) {
      this.addText(asBuffer(octets).toString('latin1'))
      return
    }
    this.#enqueueText()
    this.#queue.push(asBuffer(octets))
    this.#pending += octets.byteLength
  }

  /**
   * Octets of a file, which leave now, with what was added before. Whoever added them may change them, and add the next,
   * when `sent` is called: they are out. Not called when the socket has gone before.
   */
  addBlock(octets: Uint8Array, sent: (error?: Error | null) => void): void {
    this.#enqueueText()
    this.#queue.push({ octets, sent })
    this.#pending = 0
    if (!this.congested) this.#handOver()
  }

  /** What was added may leave: at once if it is much, else with whatever is added before this turn ends. */
  offer(): void {
    if (this.#pending >= GATHERED) this.flush()
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

  /** The answer is complete: it leaves with the others of this turn. */
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
    while (this.#queue.length > 0 && !this.congested) {
      const next = this.#queue[0] ?? ''
      if (typeof next === 'object' && 'sent' in next) {
        this.#queue.shift()
        socket.write(next.octets, next.sent)
      } else if (next.length === 0) {
        this.#spoiled()
        break
      } else if (typeof next !== 'string' && next.byteLength > SLICE) {
        this.#queue[0] = next.subarray(SLICE)
        socket.write(next.subarray(0, SLICE))
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

function flushNow(outbox: WriteBuffer): void {
  outbox.flushDue()
}

/** A view of a fixed length: where the buffer behind it becomes shorter, it is empty, and where it grows it stays as it is. */
function asBuffer(octets: Uint8Array): Buffer {
  return Buffer.isBuffer(octets) ? octets : Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
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
