/**
 * The sockets of the server, from the moment they are bound until the master ends. The master binds and holds them and
 * never accepts; every worker inherits the descriptors and listens. So a connection that the kernel has queued is lost
 * with no worker. Only here is a socket file made or removed (`unix-socket`).
 */
import { lookup } from 'node:dns/promises'
import { closeSync, fstatSync, unlinkSync } from 'node:fs'
import type { Bind } from '../config/bind.ts'
import { bindError, codeOf } from '../config/bind.ts'
import type { InheritedSocket } from '../ipc/inheritance.ts'
import type { InheritedListener } from '../ipc/messages.ts'
import { type BoundSocket, bindSocket } from './bound-socket.ts'
import { bindUnixSocket, type Reach, reachOf, removeUnixSocket, type UnixSocketOwner } from './unix-socket.ts'

type Purpose = InheritedListener['purpose']

export interface Listener {
  readonly purpose: Purpose
  /** As the operator wrote it. */
  readonly bind: Bind
  /** The descriptor in this process, to be inherited. */
  readonly fd: number
  /** Of a unix socket: which file it is. */
  readonly file?: string | undefined
  close(): void
  /** `lost` for a unix socket whose file was deleted or replaced: no client can reach it any more. */
  reach(): Reach
}

/**
 * A socket of the master before this one.
 * @param isOurs whether that master has let go: its file is removed by this master then, and not before.
 */
export function inheritedListener({ bind, purpose, fd, file }: InheritedSocket, isOurs: () => boolean): Listener {
  if (bind.kind !== 'unix') return { purpose, bind, fd, file, close: () => closeSync(fd), reach: () => 'ours' }
  const { path } = bind
  const close = () => {
    if (isOurs() && reachOf(path, file) === 'ours') unlinkSync(path)
    closeSync(fd)
  }
  return { purpose, bind, fd, file, close, reach: () => reachOf(path, file) }
}

/** Binds all of them, or none. @throws ConfigError naming the address and the way out. */
export async function bindListeners(
  places: readonly Pick<Listener, 'bind' | 'purpose'>[],
  owner: UnixSocketOwner,
): Promise<readonly Listener[]> {
  const listeners: Listener[] = []
  try {
    for (const { bind, purpose } of places) {
      const ipv6Only = places.some((other) => isIpv4Half(other.bind, bind))
      listeners.push({ purpose, bind, ...(await bindListener(bind, owner, ipv6Only)) })
    }
    return listeners
  } catch (error) {
    for (const listener of listeners) listener.close()
    throw error
  }
}

/** `0.0.0.0` beside `[::]`, which would take IPv4 too. */
function isIpv4Half(one: Bind, other: Bind): boolean {
  if (one.kind !== 'tcp' || other.kind !== 'tcp' || one.port === 0) return false
  return one.host === '0.0.0.0' && other.host === '::' && one.port === other.port
}

async function bindListener(
  bind: Bind,
  owner: UnixSocketOwner,
  ipv6Only: boolean,
): Promise<Pick<Listener, 'fd' | 'file' | 'close' | 'reach'>> {
  switch (bind.kind) {
    case 'fd':
      if (!isSocket(bind.fd)) throw bindError(bind, 'no socket')
      return { fd: bind.fd, close: () => undefined, reach: () => 'ours' }
    case 'unix': {
      const bound = await bindUnixSocket(bind.path, owner)
      return {
        fd: bound.socket.fd(),
        file: bound.file,
        close: () => removeUnixSocket(bound),
        reach: () => reachOf(bound.path, bound.file),
      }
    }
    case 'tcp': {
      const socket = await bindTcp(bind.host, bind.port, ipv6Only)
      return { fd: socket.fd(), close: () => socket.close(), reach: () => 'ours' }
    }
  }
}

function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket()
  } catch {
    return false
  }
}

async function bindTcp(host: string, port: number, ipv6Only: boolean): Promise<BoundSocket> {
  if (host === '') return bindEverywhere(port)
  const address = await addressOf(host, port)
  try {
    return bindSocket({ host: address, port, ipv6Only })
  } catch (error) {
    throw bindError({ kind: 'tcp', host, port }, error)
  }
}

/** IPv6's any-address takes IPv4 too; a machine without IPv6 has only the other one. */
function bindEverywhere(port: number): BoundSocket {
  try {
    return bindSocket({ host: '::', port })
  } catch (error) {
    if (!['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'].includes(codeOf(error)))
      throw bindError({ kind: 'tcp', host: '', port }, error)
  }
  try {
    return bindSocket({ host: '0.0.0.0', port })
  } catch (error) {
    throw bindError({ kind: 'tcp', host: '', port }, error)
  }
}

async function addressOf(host: string, port: number): Promise<string> {
  try {
    return (await lookup(host, { order: 'ipv4first' })).address
  } catch (error) {
    throw bindError({ kind: 'tcp', host, port }, error)
  }
}
