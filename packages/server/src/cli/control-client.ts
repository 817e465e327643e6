/**
 * `tsgi status|reload|upgrade|workers N|stop`: says one thing to a running master and returns its reply. Knows the orders and
 * the one line of JSON each way; where the socket is, is `control-socket`'s.
 */
import net from 'node:net'
import { ConfigError } from '../config/config-error.ts'
import type { ControlReply, ControlRequest } from '../ipc/control-protocol.ts'
import { printable } from '../log/escape.ts'
import { requireTrusted } from './control-socket.ts'

export const CONTROL_COMMANDS = ['status', 'reload', 'upgrade', 'workers', 'stop'] as const

/** A reply larger than this is no reply of ours. */
const MAX_REPLY_BYTES = 16 * 1024 ** 2

/** @throws ConfigError for an order that cannot be read. */
export function controlRequest(words: readonly string[]): ControlRequest | undefined {
  const [order, argument, ...rest] = words
  const command = CONTROL_COMMANDS.find((name) => name === order)
  if (command === undefined) return undefined
  if (rest.length > 0 || (command !== 'workers' && argument !== undefined))
    throw new ConfigError(`tsgi ${command}: too many words`)
  if (command !== 'workers') return { order: command }
  if (argument === undefined || !/^[1-9]\d{0,3}$/.test(argument)) throw new ConfigError('say how many: tsgi workers 4')
  return { order: command, count: Number(argument) }
}

/**
 * @returns the reply, with a text that a terminal can show.
 * @throws ConfigError when no server answers there, or something else does.
 */
export async function control(path: string, request: ControlRequest): Promise<ControlReply> {
  const reply = readReply(await exchange(path, request))
  if (reply === undefined) throw strangerAt(path)
  return { ...reply, text: printable(reply.text) }
}

/** Says one thing at a socket that can be trusted. @throws ConfigError where it cannot. */
export function say(path: string, request: ControlRequest): net.Socket {
  requireTrusted(path)
  const socket = net.connect({ path })
  socket.write(`${JSON.stringify(request)}\n`)
  return socket
}

export function absentAt(path: string): ConfigError {
  return new ConfigError(`no server answers at ${path}; --control-socket says where another one is`)
}

export function strangerAt(path: string): ConfigError {
  return new ConfigError(`what answers at ${path} is no server of this kind`)
}

function exchange(path: string, request: ControlRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    const absent = () => reject(absentAt(path))
    const socket = say(path, request)
    let text = ''
    socket.setEncoding('utf8')
    socket.on('error', absent)
    socket.on('data', (chunk: string) => {
      text += chunk
      if (text.length > MAX_REPLY_BYTES) socket.destroy()
    })
    socket.on('close', () => (text === '' ? absent() : resolve(text)))
  })
}

export function readReply(text: string): ControlReply | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('ok' in value) || !('text' in value)) return undefined
    return typeof value.text === 'string' ? { ok: value.ok === true, text: value.text } : undefined
  } catch {
    return undefined
  }
}
