/**
 * A server's `WebSocket` with the interface of browsers, as Deno and workerd have it. Knows the WHATWG standard; knows no
 * platform.
 */
import type { MessageSocket } from '@tsgi/contract'
import { MessageQueue } from './message-queue.ts'

/** What of the standard is used; `bufferedAmount` is missing on workerd. */
export interface StandardWebSocket {
  binaryType?: string
  readonly bufferedAmount?: number
  readonly readyState: number
  send(message: string | Uint8Array): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open', listener: () => void): void
  addEventListener(type: 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string; readonly wasClean?: boolean }) => void,
  ): void
}

const OPEN = 1
/** Bytes that may wait before a sender does. */
const HIGH_WATER_MARK_BYTES = 65_536
/** There is no event for it. */
const DRAIN_LOOK_MS = 10

/** @param opened resolves when messages may be sent. @param ended called once, at the end of the connection. */
export function standardSocket(socket: StandardWebSocket, opened: Promise<void>, ended: () => void): MessageSocket {
  socket.binaryType = 'arraybuffer'
  const queue = new MessageQueue(() => socket.close(1008, 'too many messages wait'))
  socket.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') queue.push(data)
    else if (data instanceof ArrayBuffer) queue.push(new Uint8Array(data))
  })
  const end = (code: number | undefined, reason: string) => {
    queue.end(code, reason)
    ended()
  }
  socket.addEventListener('close', ({ code, reason }) => {
    answerClose(socket, code)
    end(code, reason)
  })
  socket.addEventListener('error', () => end(1006, ''))
  let isClosing = false
  return {
    messages: queue,
    closed: queue.closed,
    async send(message) {
      await opened
      if (socket.readyState !== OPEN) throw new Error('the WebSocket is closed')
      socket.send(message)
      await untilDrained(socket)
    },
    close(code, reason) {
      if (isClosing) return
      isClosing = true
      void opened.then(() => closeAs(socket, code, reason))
    },
  }
}

/** On workerd a server answers the close frame of a client itself; elsewhere this does nothing. */
function answerClose(socket: StandardWebSocket, code: number): void {
  try {
    if (code === 1005) socket.close()
    else socket.close(code)
  } catch {
    // 1006: there is no one to answer.
  }
}

async function untilDrained(socket: StandardWebSocket): Promise<void> {
  while ((socket.bufferedAmount ?? 0) > HIGH_WATER_MARK_BYTES) {
    if (socket.readyState !== OPEN) throw new Error('the WebSocket is closed')
    await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS))
  }
}

/** The standard lets pages close with 1000 and 3000 to 4999 only; a platform that holds servers to it gets 1000. */
function closeAs(socket: StandardWebSocket, code: number | undefined, reason = ''): void {
  if (socket.readyState > OPEN) return
  try {
    if (code === undefined) socket.close()
    else socket.close(code, reason)
  } catch {
    socket.close(code === undefined || code < 3000 ? 1000 : code, reason)
  }
}
