/**
 * Carries out what comes through the control socket. Answers at once, but for a reload, which is answered when it is
 * over. Knows the orders; the socket is `control-socket`'s.
 */

import net, { type Socket } from 'node:net'
import type { ControlReply, ControlRequest } from '../ipc/control-protocol.ts'
import { readExamination } from '../ipc/examination.ts'
import { type HandedConnection, handleOf } from '../ipc/handle-passing.ts'
import type { TopSample } from '../ipc/top-sample.ts'
import type { Logger } from '../log/logger.ts'
import { type ExaminedWorker, examine } from './examine.ts'
import type { MetricsCollector } from './metrics-collector.ts'
import type { Order } from './signals.ts'
import { type MasterStatus, statusText } from './status.ts'
import { fileIdOf, makeRoom, reachOf } from './unix-socket.ts'
import type { WorkerProcess } from './worker-process.ts'

/** Who gave an order, and waits. */
export interface Caller {
  reply(reply: ControlReply): void
  /** The connection, for a worker that replies in the master's place; `undefined` when the caller has gone. */
  handOver(): HandedConnection | undefined
}

type Reply = Caller['reply']
type Examine = Extract<ControlRequest, { order: 'examine' }>

export interface ControlledMaster {
  status(): MasterStatus
  obey(order: Order, cause: string): void
  /** @returns how many workers are wanted now, in words. */
  resize(wanted: number): string
  readonly pool: { readonly workers: ReadonlySet<ExaminedWorker>; readonly serving: readonly WorkerProcess[] }
}

export class Control {
  readonly #master: ControlledMaster
  readonly #scrapes: MetricsCollector
  readonly #waiting: Reply[] = []
  readonly #upgrading: Reply[] = []
  #socket: ControlSocket | undefined

  constructor(master: ControlledMaster, scrapes: MetricsCollector) {
    this.#master = master
    this.#scrapes = scrapes
  }

  /** Without it the server serves all the same: a socket that is taken is a line in the log. */
  async open(path: string, logger: Logger, heard: ControlOrder): Promise<void> {
    try {
      this.#socket = await openControlSocket(path, heard)
    } catch (error) {
      logger.warning(`no control socket: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  obey(request: ControlRequest, caller: Caller): void {
    const reply: Reply = (text) => caller.reply(text)
    switch (request.order) {
      case 'status':
        reply({ ok: true, text: statusText(this.#master.status()) })
        break
      case 'top':
        this.#scrapes.total(this.#master.pool.serving, (requests) => {
          reply({ ok: true, text: JSON.stringify({ ...this.#master.status(), requests } satisfies TopSample) })
        })
        break
      case 'workers':
        reply({ ok: true, text: this.#master.resize(request.count) })
        break
      case 'reload':
        this.#waiting.push(reply)
        this.#master.obey('reload', 'tsgi reload')
        break
      case 'upgrade':
        this.#upgrading.push(reply)
        this.#master.obey('upgrade', 'tsgi upgrade')
        break
      case 'examine':
        this.#examine(request, caller)
        break
      case 'stop':
        reply({ ok: true, text: 'stopping' })
        this.#master.obey('stop gracefully', 'tsgi stop')
    }
  }

  #examine(request: Examine, caller: Caller): void {
    const refusal = examine(this.#master.pool.workers, request, caller)
    if (refusal !== undefined) caller.reply({ ok: false, text: refusal })
  }

  /** @param failure why the old workers stayed, if they did. */
  reloaded(failure: string | undefined): void {
    const reply: ControlReply =
      failure === undefined
        ? { ok: true, text: 'reloaded' }
        : { ok: false, text: `not reloaded, the old workers stay: ${failure}` }
    for (const waiting of this.#waiting.splice(0)) waiting(reply)
  }

  /** @param failure why the old master stays, if it does. @param text what to say otherwise. */
  upgraded(failure: string | undefined, text: string): void {
    const reply: ControlReply =
      failure === undefined ? { ok: true, text } : { ok: false, text: `not upgraded, all stays as it was: ${failure}` }
    for (const waiting of this.#upgrading.splice(0)) waiting(reply)
  }

  close(): void {
    this.#socket?.close()
  }
}

/*
 * The master's ear for `tsgi status|reload|workers|stop`: a unix socket that only its owner can open. Takes one line,
 * gives one line; the master carries out the order.
 */

const MAX_LINE_CHARS = 1024

export type ControlOrder = (request: ControlRequest, caller: Caller) => void

export interface ControlSocket {
  /** Closes it and removes its file, if that is still ours. */
  close(): void
}

/** @throws ConfigError when the path is taken, or the system's error. */
export async function openControlSocket(path: string, obey: ControlOrder): Promise<ControlSocket> {
  await makeRoom(path)
  const server = net.createServer((socket) => converse(socket, obey))
  const umask = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
  } finally {
    process.umask(umask)
  }
  server.unref()
  const file = fileIdOf(path)
  // Node unlinks the path that it listened on, whatever file is there by now.
  return { close: () => reachOf(path, file) === 'ours' && server.close() }
}

function converse(socket: Socket, obey: ControlOrder): void {
  let line = ''
  socket.setEncoding('utf8')
  socket.on('error', () => socket.destroy())
  socket.on('data', (text: string) => {
    line += text
    if (line.length > MAX_LINE_CHARS) socket.destroy()
    if (line.length > MAX_LINE_CHARS || !line.includes('\n')) return
    const caller = callerAt(socket)
    const request = readRequest(line)
    line = ''
    if (request === undefined) caller.reply({ ok: false, text: 'this server does not know that order' })
    else obey(request, caller)
  })
}

function callerAt(socket: Socket): Caller {
  return {
    reply: (reply) => socket.end(`${JSON.stringify(reply)}\n`),
    handOver: () => {
      const handle = socket.destroyed ? undefined : handleOf(socket.pause())
      return handle && { handle, close: () => socket.destroy() }
    },
  }
}

function readRequest(line: string): ControlRequest | undefined {
  const value = parse(line)
  if (typeof value !== 'object' || value === null || !('order' in value)) return undefined
  if (
    value.order === 'status' ||
    value.order === 'top' ||
    value.order === 'reload' ||
    value.order === 'stop' ||
    value.order === 'upgrade'
  )
    return { order: value.order }
  if (value.order === 'examine') {
    const examination = 'examination' in value ? readExamination(value.examination) : undefined
    const worker = 'worker' in value ? value.worker : undefined
    return typeof worker === 'number' && examination !== undefined
      ? { order: 'examine', worker, examination }
      : undefined
  }
  if (value.order !== 'workers' || !('count' in value) || typeof value.count !== 'number') return undefined
  return Number.isSafeInteger(value.count) && value.count > 0 ? { order: 'workers', count: value.count } : undefined
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
