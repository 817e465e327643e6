/**
 * The GuestSocket of messages that no parser reads: what Node does to a connection when it wants more of a body says so
 * to the exchange at once. Knows streams; knows no message.
 */
import type { Server } from 'node:http'
import { GuestSocket } from './guest-socket.ts'

export class DirectSocket extends GuestSocket {
  /** The server whose connection it is, as `http.Server` says it. */
  server: Server | undefined
  /** Whether anybody has begun to read the body. */
  wasResumed = false

  override resume(): this {
    this.wasResumed = true
    this.owner.pulled()
    return this
  }

  /** Nothing flows that could be held. */
  override pause(): this {
    return this
  }
}
