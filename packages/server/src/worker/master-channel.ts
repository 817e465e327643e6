/**
 * The worker's end of the channel to its master. It takes the channel away from the application, which finds
 * `process.send` undefined, as in a program that was started by hand. Knows how to send and to listen, no messages.
 */
import { ENVELOPE_EVENT, opened, sealed } from '../ipc/envelope.ts'
import { type ConnectionHandle, type Sender, sendHandle } from '../ipc/handle-passing.ts'
import type { ToMaster, ToWorker } from '../ipc/messages.ts'

/** When to look whether the master lives after the channel may have closed: milliseconds. */
const LOOK_DELAYS_MS = [0, 10, 50, 200] as const

type Heard = (message: ToWorker, connection: ConnectionHandle | undefined) => void

export class MasterChannel {
  readonly #send: Sender['send']
  #master = process.ppid
  /** What came before anyone listened. */
  readonly #waiting: { readonly message: ToWorker; readonly connection: ConnectionHandle | undefined }[] = []
  #heard: Heard | undefined
  #orphaned: (() => void) | undefined
  #isGone = false

  /** Takes the channel of this process; to be made once, before the application is loaded. */
  constructor() {
    const { send } = process
    if (send === undefined) throw new Error('a worker is started by its master, over a channel')
    this.#send = (...words) => Reflect.apply(send, process, words) === true
    // The application must neither speak here, hear us, nor close the channel. Node itself calls `disconnect` when the
    // other end has closed; both calls look the same, so the parent's id tells whether the master has gone.
    Object.assign(process, { send: undefined, disconnect: () => this.#lookSoon() })
    process.on(ENVELOPE_EVENT, (value: unknown, handle: unknown) => this.#arrived(value, handle))
    // Only listeners of 'message' keep a channel open, and this process adds none.
    process.channel?.ref()
  }

  /** The first message of the master. */
  first(): Promise<ToWorker> {
    return new Promise((resolve) => {
      this.#heard = (message) => {
        this.#heard = undefined
        resolve(message)
      }
    })
  }

  /** @param heard gets each message from now on, with the connection that came with it, and those that wait. */
  listen(heard: Heard): void {
    this.#heard = heard
    for (const { message, connection } of this.#waiting.splice(0)) heard(message, connection)
  }

  #arrived(value: unknown, handle: unknown): void {
    const message = opened(value) as ToWorker | undefined // the other end is the master, which runs no application
    if (message === undefined) return
    const connection = handle as ConnectionHandle | undefined // comes with `connection` only; see handle-passing
    if (this.#heard === undefined) this.#waiting.push({ message, connection })
    else this.#heard(message, connection)
  }

  /** @param master its process id, as it said itself. @param orphaned called once, when it has gone. */
  whenOrphaned(master: number, orphaned: () => void): void {
    this.#master = master
    this.#orphaned = orphaned
    this.look()
  }

  /** Looks whether the master still lives; to be called now and then. */
  look(): void {
    if (this.#isGone || process.ppid === this.#master) return
    this.#isGone = true
    this.#orphaned?.()
  }

  /** What cannot be sent is lost: the master is gone then, or going. @param sent called in either case. */
  send(message: ToMaster, sent: () => void = () => undefined): void {
    try {
      this.#send(sealed(message), undefined, undefined, () => sent())
    } catch {
      sent()
    }
  }

  /** @param done says whether the connection went. */
  pass(connection: ConnectionHandle, done: (sent: boolean) => void): void {
    try {
      sendHandle({ send: this.#send }, sealed({ type: 'pass' } satisfies ToMaster), connection, done)
    } catch {
      done(false)
    }
  }

  #lookSoon(): void {
    for (const delay of LOOK_DELAYS_MS) setTimeout(() => this.look(), delay).unref()
  }
}
