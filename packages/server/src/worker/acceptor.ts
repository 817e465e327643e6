/**
 * Places a connection that this worker accepted: most stay, some go unread through the master to a worker that has
 * fewer (docs/decisions/0001). Knows sockets and the balance; knows nothing of protocols.
 */
import type { Socket } from 'node:net'
import { type ConnectionHandle, handleOf, socketFromHandle } from '../ipc/handle-passing.ts'
import { CELLS, type Scoreboard } from '../ipc/scoreboard.ts'

export interface AcceptorOptions {
  readonly scoreboard: Scoreboard
  readonly slot: number
  /** Gets each connection that stays. */
  readonly take: (socket: Socket) => void
  /** Sends a connection to the master; `done` says whether it went. */
  readonly pass: (connection: ConnectionHandle, done: (sent: boolean) => void) => void
}

export class Acceptor {
  readonly #options: AcceptorOptions
  readonly #balance: Balance
  #passing = 0
  #taken = 0

  constructor(options: AcceptorOptions) {
    this.#options = options
    this.#balance = new Balance(options.scoreboard, options.slot)
  }

  /** @param open the number of connections with this one. @param leaving true: no other worker gets connections. */
  accept(socket: Socket, open: number, leaving: boolean): void {
    if (leaving || this.#balance.place(open) === 'keep') this.#options.take(socket)
    else this.#pass(socket)
  }

  /** One that another worker passed. @param connection none, where the client had gone before it arrived. */
  adopt(connection: ConnectionHandle | undefined): void {
    const { scoreboard, slot, take } = this.#options
    if (connection !== undefined) take(socketFromHandle(connection))
    scoreboard.set(slot, 'taken', ++this.#taken)
  }

  /** Resolves when none is on its way to the master any more. */
  async settled(): Promise<void> {
    while (this.#passing > 0) await new Promise((resolve) => setImmediate(resolve))
  }

  #pass(socket: Socket): void {
    if (socket.destroyed) return
    const connection = handleOf(socket)
    if (connection === undefined) {
      this.#options.take(socket)
      return
    }
    this.#passing++
    this.#options.pass(connection, (sent) => {
      this.#passing--
      if (sent) socket.destroy()
      else this.#options.take(socket)
    })
  }
}

/*
 * Keeps the load even over workers that accept from one queue (docs/decisions/0001). The kernel wakes
 * one worker first, and it would take most. So a worker ahead of the least loaded one waits a millisecond, and if that
 * does not help, passes the connection on. Knows numbers on the scoreboard, no sockets.
 */

/** The place of an accepted connection: it stays, or goes to the least loaded worker. */
export type Placement = 'keep' | 'pass'

/** So many connections more than another has mean nothing. */
const SLACK = 2
/** A worker that has not been heard of for this long is not waited for: milliseconds. */
const MAX_HEARTBEAT_AGE_MS = 1_500
/** Stepping back may take up to a tenth of the time, in spells of at most this many milliseconds. */
const STEP_BUDGET = 50
const STEPS_PER_MILLISECOND = 0.1

const SERVING = CELLS.indexOf('serving')
const OPEN = CELLS.indexOf('open')
const HEARTBEAT = CELLS.indexOf('heartbeat')
const GIVEN = CELLS.indexOf('given')
const TAKEN = CELLS.indexOf('taken')

export class Balance {
  readonly #scoreboard: Scoreboard
  readonly #slot: number
  readonly #pause = new Int32Array(new SharedArrayBuffer(4))
  #budget = STEP_BUDGET
  /** When the board was read last; within the same millisecond it is not read again. */
  #readAt = 0
  #least = 0
  #refilledAt = 0

  constructor(scoreboard: Scoreboard, slot: number) {
    this.#scoreboard = scoreboard
    this.#slot = slot
  }

  /** @param open the connections that this worker has, with the new one. */
  place(open: number): Placement {
    if (open <= SLACK) return 'keep'
    const least = this.#leastOfOthers()
    const ahead = open - least
    if (ahead <= SLACK + least / 4) return 'keep'
    this.#stepBack()
    return ahead > SLACK + least / 2 ? 'pass' : 'keep'
  }

  /** The fewest connections that another worker has, of those that serve and are awake. */
  #leastOfOthers(): number {
    const now = Date.now()
    if (now === this.#readAt) return this.#least
    const board = this.#scoreboard.read()
    let least = Number.POSITIVE_INFINITY
    for (let at = 0, slot = 0; at < board.length; at += CELLS.length, slot++) {
      if (board[at + SERVING] !== 1 || slot === this.#slot || now - (board[at + HEARTBEAT] ?? 0) > MAX_HEARTBEAT_AGE_MS)
        continue
      least = Math.min(least, (board[at + OPEN] ?? 0) + (board[at + GIVEN] ?? 0) - (board[at + TAKEN] ?? 0))
    }
    this.#readAt = now
    this.#least = least
    return least
  }

  /** Nothing but the whole thread can let others at the queue: Node has no way to stop accepting for a moment. */
  #stepBack(): void {
    const now = performance.now()
    this.#budget = Math.min(STEP_BUDGET, this.#budget + (now - this.#refilledAt) * STEPS_PER_MILLISECOND)
    this.#refilledAt = now
    if (this.#budget < 1) return
    this.#budget--
    Atomics.wait(this.#pause, 0, 0, 1)
  }
}
