/** `tsgi status|reload|workers N|stop`: says one thing to a running master and prints what it answers. */
import { createHash } from 'node:crypto'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../config/config-error.ts'
import type { ControlReply, ControlRequest } from '../ipc/control-protocol.ts'

export const CONTROL_COMMANDS = ['status', 'reload', 'workers', 'stop'] as const

/** Where the master of a folder listens unless told otherwise: found again by whoever stands in the same folder. */
export function usualControlSocket(folder: string): string {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 12)
  return join(process.env.XDG_RUNTIME_DIR || tmpdir(), `tsgi-${process.getuid?.() ?? 0}-${name}.ctl`)
}

/** @throws ConfigError for an order that cannot be read. */
export function controlRequest(words: readonly string[]): ControlRequest | undefined {
  const [order, argument, ...rest] = words
  if (order !== 'status' && order !== 'reload' && order !== 'stop' && order !== 'workers') return undefined
  if (rest.length > 0 || (order !== 'workers' && argument !== undefined))
    throw new ConfigError(`tsgi ${order}: too many words`)
  if (order !== 'workers') return { order }
  if (argument === undefined || !/^[1-9]\d{0,3}$/.test(argument)) throw new ConfigError('say how many: tsgi workers 4')
  return { order, count: Number(argument) }
}

/** @throws ConfigError when nobody answers there. */
export function control(path: string, request: ControlRequest): Promise<ControlReply> {
  return new Promise((resolve, reject) => {
    const nobody = () =>
      reject(new ConfigError(`no server answers at ${path}; --control-socket says where another one is`))
    const socket = net.connect({ path })
    let text = ''
    socket.setEncoding('utf8')
    socket.on('error', nobody)
    socket.on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('close', () => (text === '' ? nobody() : resolve(JSON.parse(text))))
    socket.write(`${JSON.stringify(request)}\n`)
  })
}
