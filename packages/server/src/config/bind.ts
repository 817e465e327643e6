/** Where to listen, and why that failed, in the operator's terms. Knows no socket: the master binds, workers listen. */
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError } from './config-error.ts'

/** The system's error in the operator's terms. */
export function bindError(bind: Bind, error: unknown): ConfigError {
  if (error instanceof ConfigError) return error
  const code = codeOf(error)
  const reason =
    bind.kind === 'tcp' ? tcpReason(bind, code) : bind.kind === 'unix' ? unixReason(bind.path, code) : undefined
  return new ConfigError(`cannot listen on ${nameOf(bind)}: ${reason ?? fdReason(bind) ?? code}`, undefined, error)
}

/** As the operator would write it. */
export function nameOf(bind: Bind): string {
  return bind.kind === 'tcp' ? tcpName(bind) : bind.kind === 'unix' ? `unix:${bind.path}` : `fd:${bind.fd}`
}

/** `EADDRINUSE`, or what there is instead. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

type TcpBind = Extract<Bind, { kind: 'tcp' }>

function tcpName({ host, port }: TcpBind): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

function tcpReason({ host, port }: TcpBind, code: string): string | undefined {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} is in use by another process; stop it, or choose another port (0 for any free one)`,
    EACCES: 'permission denied; ports below 1024 need root or CAP_NET_BIND_SERVICE',
    EADDRNOTAVAIL: `this machine does not have the address ${host}`,
    ENOTFOUND: `there is no host name ${host}`,
    EINVAL: host.includes('%') ? `this machine has no network interface ${host.split('%')[1]}` : 'EINVAL',
  }
  return reasons[code]
}

function unixReason(path: string, code: string): string | undefined {
  const folder = dirname(path)
  // libuv reports a missing folder as a missing permission: ask the folder itself.
  const found = codeOfFolder(folder)
  if (found === 'ENOENT') return `the folder ${folder} does not exist`
  if (found === 'ENOTDIR') return `${folder} is not a folder`
  if (found === 'ELOOP') return `${folder} is a loop of symbolic links`
  const reasons: Readonly<Record<string, string>> = {
    EACCES: `permission denied in ${folder}`,
    EADDRINUSE: 'the path is taken',
    EPERM: 'only root may give it to another owner',
  }
  return reasons[code]
}

/** Why a folder cannot be entered; `undefined` where it can. */
function codeOfFolder(folder: string): string | undefined {
  try {
    return statSync(folder).isDirectory() ? undefined : 'ENOTDIR'
  } catch (error) {
    return codeOf(error)
  }
}

function fdReason(bind: Bind): string | undefined {
  return bind.kind === 'fd' ? 'it is not a socket that this process inherited' : undefined
}

/** A host of `''` is every address of the machine; port 0 lets the system choose. */
export type Bind =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'fd'; readonly fd: number }
