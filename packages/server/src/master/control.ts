/**
 * Carries out what comes through the control socket. Answers at once, but for a reload, which is answered when it is
 * over. Knows the orders; the socket is `control-socket`'s.
 */
import type { ControlReply, ControlRequest } from '../ipc/control-protocol.ts'
import type { Logger } from '../log/logger.ts'
import { type ControlSocket, openControlSocket } from './control-socket.ts'
import type { Order } from './signals.ts'
import { type MasterStatus, statusText } from './status.ts'

export type Reply = (reply: ControlReply) => void

export interface ControlledMaster {
  status(): MasterStatus
  obey(order: Order, cause: string): void
  /** @returns how many workers are wanted now, in words. */
  resize(wanted: number): string
}

export class Control {
  readonly #master: ControlledMaster
  readonly #waiting: Reply[] = []
  #socket: ControlSocket | undefined

  constructor(master: ControlledMaster) {
    this.#master = master
  }

  /** Without it the server serves all the same: a socket that is taken is a line in the log. */
  async open(path: string, logger: Logger, heard: (request: ControlRequest, reply: Reply) => void): Promise<void> {
    try {
      this.#socket = await openControlSocket(path, heard)
    } catch (error) {
      logger.warning(`no control socket: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  obey(request: ControlRequest, reply: Reply): void {
    switch (request.order) {
      case 'status':
        reply({ ok: true, text: statusText(this.#master.status()) })
        break
      case 'workers':
        reply({ ok: true, text: this.#master.resize(request.count) })
        break
      case 'reload':
        this.#waiting.push(reply)
        this.#master.obey('reload', 'tsgi reload')
        break
      case 'stop':
        reply({ ok: true, text: 'stopping' })
        this.#master.obey('stop gracefully', 'tsgi stop')
    }
  }

  /** @param failure why the old workers stayed, if they did. */
  reloaded(failure: string | undefined): void {
    const reply: ControlReply =
      failure === undefined
        ? { ok: true, text: 'reloaded' }
        : { ok: false, text: `not reloaded, the old workers stay: ${failure}` }
    for (const waiting of this.#waiting.splice(0)) waiting(reply)
  }

  close(): void {
    this.#socket?.close()
  }
}
