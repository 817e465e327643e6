/**
 * Gives a running server an order for one of its workers, and takes what the worker sends. Knows the conversation; what is
 * asked and where the bytes go is `examine-command`'s.
 */
import type { Socket } from 'node:net'
import type { ControlReply, ControlRequest } from '../ipc/control-protocol.ts'
import { type Frame, readFrames } from '../ipc/examination-frames.ts'
import { printable } from '../log/escape.ts'
import { absentAt, readReply, say, strangerAt } from './control-client.ts'

/** How long a worker may take to say that it has the order. */
const MAX_ACCEPT_TIME_MS = 10_000

/**
 * @param take gets the parts of the file; the worker waits for it.
 * @returns the worker's reply, or the master's refusal, with a text that a terminal can show.
 * @throws ConfigError when no server answers there, or something else does; what `take` throws.
 */
export async function examine(
  path: string,
  request: Extract<ControlRequest, { order: 'examine' }>,
  take: (bytes: Uint8Array) => Promise<void>,
): Promise<ControlReply> {
  const socket = say(path, request)
  const silence = setTimeout(() => socket.destroy(new Silence()), MAX_ACCEPT_TIME_MS)
  let hasBegun = false
  try {
    for await (const { kind, bytes } of framesOf(socket, path)) {
      clearTimeout(silence)
      hasBegun = true
      if (kind === 'data') await take(bytes)
      if (kind === 'reply') return replyIn(bytes, path)
    }
  } catch (error) {
    if (!(error instanceof Silence)) throw error
    const text = `worker ${request.worker} does not answer: its event loop stands still; the error log will say where`
    return { ok: false, text }
  } finally {
    clearTimeout(silence)
    socket.destroy()
  }
  if (!hasBegun) throw absentAt(path)
  return { ok: false, text: `worker ${request.worker} ended before it was done; the error log of the server says why` }
}

class Silence extends Error {}

async function* framesOf(socket: Socket, path: string): AsyncGenerator<Frame> {
  try {
    yield* readFrames(socket)
  } catch (error) {
    if (error instanceof Silence) throw error
    // The system's errors have a code: a connection that broke has ended, like any other.
    if (!(error instanceof Error && 'code' in error)) throw strangerAt(path)
  }
}

function replyIn(bytes: Uint8Array, path: string): ControlReply {
  const reply = readReply(Buffer.from(bytes).toString())
  if (reply === undefined) throw strangerAt(path)
  return { ...reply, text: printable(reply.text) }
}
