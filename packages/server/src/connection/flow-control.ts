/**
 * Whether a connection is read from: not while nobody takes what has come, and no more in this turn of the event loop when
 * it has brought many requests. A socket whose client sends without a pause would be read two megabytes in one turn,
 * tens of thousands of requests, with every other connection waiting. Used by the connection only; knows no HTTP.
 */
import type { Duplex } from 'node:stream'
import type { ReceiveBuffer } from './receive-buffer.ts'

/** More than clients have under way at a time: who brings so many in one read has as many more behind them. */
const MANY_REQUESTS = 64

export class FlowControl {
  readonly #socket: Duplex
  readonly #inbox: ReceiveBuffer
  #isResting = false
  /** The requests that there had been at the end of the read before. */
  #requests = 0

  constructor(socket: Duplex, inbox: ReceiveBuffer) {
    this.#socket = socket
    this.#inbox = inbox
  }

  /** Stops reading, or goes on. Wanted after everything that fills or empties the inbox. */
  regulate(): void {
    const stopped = this.#inbox.isFull || this.#isResting
    if (stopped === this.#socket.isPaused()) return
    if (stopped) this.#socket.pause()
    else this.#socket.resume()
  }

  /** One read has been dealt with. @param requests how many the connection has brought since it was opened. */
  afterRead(requests: number): void {
    const brought = requests - this.#requests
    this.#requests = requests
    if (brought <= MANY_REQUESTS || this.#isResting) return
    this.#isResting = true
    setImmediate(goOn, this)
    this.regulate()
  }

  /** The next turn has come. */
  goOn(): void {
    this.#isResting = false
    this.regulate()
  }
}

function goOn(inflow: FlowControl): void {
  inflow.goOn()
}
