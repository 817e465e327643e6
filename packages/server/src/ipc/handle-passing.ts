/**
 * Moves an accepted connection from one process to another, unread. Knows descriptors and channels, not why.
 *
 * `process.send(message, socket)` will not do for a connection that is handed on: the process in between begins to read
 * as soon as it gets the `net.Socket`, and what it read is lost. So the bare handle travels, as in Node's own cluster
 * module; `_handle` is the one undocumented name that this takes, and it stays in this file (docs/decisions/0003).
 */
import type { SendHandle } from 'node:child_process'
import { Socket } from 'node:net'

/** A connection without a stream: nothing reads from it. */
export interface ConnectionHandle {
  close(): void
}

/** A connection that is handed on, and what to do once it went or cannot go any more. */
export interface HandedConnection {
  readonly handle: ConnectionHandle
  close(): void
}

/** What can send: a worker's channel, a master's child. */
export interface Sender {
  send(
    message: object,
    handle: SendHandle | undefined,
    options: undefined,
    sent: (error: Error | null) => void,
  ): boolean
}

/** The connection of a paused socket; `undefined` when it has ended already, or Node has no such thing any more. */
export function handleOf(socket: Socket): ConnectionHandle | undefined {
  const { _handle: handle } = socket as { _handle?: ConnectionHandle | null } // see above
  return handle ?? undefined
}

/** Sends it; `done` is called when this process may forget it, and says whether it went. */
export function sendHandle(
  channel: Sender,
  message: object,
  connection: ConnectionHandle,
  done: (sent: boolean) => void,
): void {
  // The types know the documented handles only.
  channel.send(message, connection as unknown as SendHandle, undefined, (error) => done(error === null))
}

/** A paused, half-open, undelayed socket again, as a listener would have given it. */
export function socketFromHandle(connection: ConnectionHandle): Socket {
  const socket = new Socket({ handle: connection, allowHalfOpen: true, pauseOnCreate: true } as object)
  socket.setNoDelay(true)
  return socket.pause()
}
