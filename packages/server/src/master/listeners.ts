/**
 * The sockets of the server, from the moment they are bound until the master ends. The master binds and holds them and
 * never accepts; every worker inherits the descriptors and listens. So a connection that the kernel has queued is lost
 * with no worker. Only here is a socket file made or removed (`unix-socket`).
 */
import { lookup } from 'node:dns/promises'
import type { Bind } from '../channel/bind.ts'
import { ConfigError } from '../config-error.ts'
import { type BoundSocket, bindSocket } from './bound-socket.ts'
import { bindUnixSocket, removeUnixSocket, type UnixSocketOwner, unixBindError } from './unix-socket.ts'

export interface Listener {
  /** As the operator wrote it. */
  readonly bind: Bind
  /** The descriptor in this process, to be inherited. */
  readonly fd: number
  close(): void
}

/** Binds all of them, or none. @throws ConfigError naming the address and the way out. */
export async function bindListeners(binds: readonly Bind[], owner: UnixSocketOwner): Promise<readonly Listener[]> {
  const listeners: Listener[] = []
  try {
    for (const bind of binds) listeners.push(await bindListener(bind, owner))
    return listeners
  } catch (error) {
    for (const listener of listeners) listener.close()
    throw error
  }
}

async function bindListener(bind: Bind, owner: UnixSocketOwner): Promise<Listener> {
  switch (bind.kind) {
    case 'fd':
      return { bind, fd: bind.fd, close: () => undefined }
    case 'unix': {
      const bound = await bindUnixSocket(bind.path, owner)
      return { bind, fd: bound.socket.fd(), close: () => removeUnixSocket(bound) }
    }
    case 'tcp': {
      const socket = await bindTcp(bind.host, bind.port)
      return { bind, fd: socket.fd(), close: () => socket.close() }
    }
  }
}

async function bindTcp(host: string, port: number): Promise<BoundSocket> {
  if (host === '') return bindEverywhere(port)
  const address = await addressOf(host, port)
  try {
    return bindSocket({ host: address, port })
  } catch (error) {
    throw tcpBindError(host, port, error)
  }
}

/** IPv6's any-address takes IPv4 too; a machine without IPv6 has only the other one. */
function bindEverywhere(port: number): BoundSocket {
  try {
    return bindSocket({ host: '::', port })
  } catch (error) {
    if (!['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'].includes(codeOf(error))) throw tcpBindError('', port, error)
  }
  try {
    return bindSocket({ host: '0.0.0.0', port })
  } catch (error) {
    throw tcpBindError('', port, error)
  }
}

async function addressOf(host: string, port: number): Promise<string> {
  try {
    return (await lookup(host, { order: 'ipv4first' })).address
  } catch (error) {
    throw tcpBindError(host, port, error)
  }
}

/** Why a place could not be listened on, and the way out. Also for what a process meets that listens by itself. */
export function bindError(bind: Bind, error: unknown): ConfigError {
  if (error instanceof ConfigError) return error
  if (bind.kind === 'tcp') return tcpBindError(bind.host, bind.port, error)
  if (bind.kind === 'unix') return unixBindError(bind.path, error)
  const reason = `it is no listening socket that this process inherited (${codeOf(error)})`
  return new ConfigError(`cannot listen on fd:${bind.fd}: ${reason}`, undefined, error)
}

function tcpBindError(host: string, port: number, error: unknown): ConfigError {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const code = codeOf(error)
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} is in use by another process; stop it, or choose another port (0 for any free one)`,
    EACCES: `permission denied; ports below 1024 need root or CAP_NET_BIND_SERVICE`,
    ENOTFOUND: `there is no host name ${host}`,
    EADDRNOTAVAIL: `this machine does not have the address ${host}`,
  }
  return new ConfigError(`cannot listen on ${address}: ${reasons[code] ?? code}`, undefined, error)
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
