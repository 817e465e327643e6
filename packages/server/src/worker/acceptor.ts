/**
 * What becomes of a connection that this worker accepted: most stay, some go, unread, through the master to whoever has
 * fewer (docs/decisions/0001). Knows sockets and the balance; nothing of what is served on them.
 */
import type { Socket } from 'node:net'
import { type ConnectionHandle, handleOf, sendHandle, socketFromHandle } from '../ipc/handle-passing.ts'
import type { ToMaster } from '../ipc/messages.ts'
import type { Scoreboard } from '../ipc/scoreboard.ts'
import { Balance } from './balance.ts'

export interface AcceptorOptions {
  readonly scoreboard: Scoreboard
  readonly slot: number
  /** Gets each connection that stays. */
  readonly take: (socket: Socket) => void
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

  /** @param open the connections there would be with this one. @param leaving nobody is asked to take anything. */
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
    sendHandle(process, { type: 'pass' } satisfies ToMaster, connection, (sent) => {
      this.#passing--
      if (sent) socket.destroy()
      else this.#options.take(socket)
    })
  }
}
