/**
 * Plays octets to a connection, cut in any way, and tells what it answered and how it stands.
 */
import type { Application } from '@tsgi/contract'
import { ConnectionContext, type ConnectionSettings } from '../../packages/server/src/connection/connection-context.ts'
import { type Http1Connection, serveHttp1 } from '../../packages/server/src/connection/http1-connection.ts'
import type { Clocks } from '../../packages/server/src/connection/timeouts.ts'
import { DEFAULT_LIMITS, type Limits } from '../../packages/server/src/http1/limits.ts'
import { FakeSocket } from '../support/fake-socket.ts'

/** How the connection stands when all has been answered: ready for more, in the middle of something, or ended. */
export type End = 'open' | 'waiting' | 'closed'

export interface Outcome {
  /** All that was sent, Date taken out. */
  readonly sent: string
  readonly end: End
}

export const NO_CLOCKS: Clocks = { headers: 0, body: 0, minimumRate: 0, keepAlive: 0, write: 0, request: 0 }
export const WIRE_LIMITS: Limits = { ...DEFAULT_LIMITS, body: 1024 * 1024 }

/** Settings for tests: no clocks, a log that nobody reads, and what the test wants otherwise. */
export function settingsFor(application: Application, other: Partial<ConnectionSettings> = {}): ConnectionSettings {
  return {
    application,
    limits: WIRE_LIMITS,
    clocks: NO_CLOCKS,
    errors: { write: () => undefined, writelines: () => undefined, flush: () => undefined },
    multiprocess: false,
    ...other,
  }
}

/** Plays the pieces one after the other, each as one read, with time for an answer between them. */
export async function replay(pieces: Iterable<Buffer>, context: ConnectionContext): Promise<Outcome> {
  const socket = new FakeSocket()
  const connection = serveHttp1(socket, context)
  await turn()
  for (const piece of pieces) {
    socket.feed(piece)
    await turn()
  }
  const end = await settled(socket, connection)
  connection.destroy()
  return { sent: withoutDate(socket.sent), end }
}

export function contextFor(application: Application, other?: Partial<ConnectionSettings>): ConnectionContext {
  return new ConnectionContext(settingsFor(application, other))
}

export function withoutDate(sent: string): string {
  return sent.replace(/^Date: .*\r\n/gm, '')
}

/** Every way to cut the octets in two. */
export function* cuts(octets: Buffer): Generator<readonly [Buffer, Buffer]> {
  for (let at = 1; at < octets.length; at++) yield [octets.subarray(0, at), octets.subarray(at)]
}

export function* octetByOctet(octets: Buffer): Generator<Buffer> {
  for (let at = 0; at < octets.length; at++) yield octets.subarray(at, at + 1)
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Waits until nothing has moved for some turns of the loop. */
async function settled(socket: FakeSocket, connection: Http1Connection): Promise<End> {
  for (let still = 0, before = ''; still < 6; still++) {
    await turn()
    const now = `${connection.state} ${socket.sent.length}`
    if (now !== before) still = 0
    before = now
  }
  if (socket.ended) return 'closed'
  return connection.state === 'idle' ? 'open' : 'waiting'
}
