/**
 * Where the control socket of a working directory is, and whether it can be trusted. Without a name of its own it lies in
 * a folder that only this user can enter. Knows paths and owners; what is said over the socket is `control-client`'s.
 */
import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, type Stats, statSync, unlinkSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ConfigError } from '../config/config-error.ts'

/** sun_path holds 104 bytes with the final NUL on macOS and the BSDs, 108 on Linux. */
const MAX_PATH_BYTES = 103
/** A socket file that is younger may belong to a server that is just starting. */
const MIN_STALE_AGE_MS = 10_000

/** Where the master of a working directory listens without `--control-socket`. */
export function usualControlSocket(folder: string): string {
  const name = `${createHash('sha256').update(folder).digest('hex').slice(0, 12)}.ctl`
  const runtime = process.env.XDG_RUNTIME_DIR
  const bases = [...(runtime ? [runtime] : []), tmpdir(), '/tmp']
  const paths = bases.map((base) => join(base, `tsgi-${process.getuid?.() ?? 0}`, name))
  return paths.find((path) => Buffer.byteLength(path) <= MAX_PATH_BYTES) ?? paths[0] ?? name
}

/**
 * Creates the folder of the usual socket, open to this user alone, and removes the sockets of servers that were killed.
 * @throws ConfigError where the folder belongs to another user, or cannot be made.
 */
export async function prepareControlFolder(path: string): Promise<void> {
  const folder = dirname(path)
  makeFolder(folder)
  const { uid, mode } = lstatSync(folder)
  if (uid !== ownUid() || (mode & 0o077) !== 0)
    throw new ConfigError(`${folder} belongs to another user, or others may enter it; remove it`)
  for (const name of readdirSync(folder)) if (name.endsWith('.ctl')) await removeStale(join(folder, name))
}

/** Only the folder itself: a missing TMPDIR is a mistake to report, not one to make. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    if (code !== 'EEXIST') throw new ConfigError(`cannot make the folder ${folder}: ${code}`)
  }
}

async function removeStale(path: string): Promise<void> {
  const age = Date.now() - (lstatSync(path, { throwIfNoEntry: false })?.ctimeMs ?? Date.now())
  if (age < MIN_STALE_AGE_MS || !(await isRefused(path))) return
  try {
    unlinkSync(path)
  } catch {
    // Another server removed it, or it will be tried again by the next one.
  }
}

/** Whether the kernel says that no process listens there. */
function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.connect({ path })
    probe.once('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
}

/**
 * Before a word is said: in a folder that everybody can write to, a socket may be anybody's.
 * @throws ConfigError where it belongs to a user other than this one and root, in a folder that others can write to.
 */
export function requireTrusted(path: string): void {
  const socket = statsOf(path, lstatSync)
  const folder = statsOf(dirname(path), statSync)
  if (socket === undefined || folder === undefined) return
  const isOurs = (stats: Stats) => stats.uid === 0 || stats.uid === ownUid()
  if (isOurs(socket) || (folder.mode & 0o022) === 0) return
  throw new ConfigError(`${path} belongs to user ${socket.uid}, not to this one: whatever listens there is not trusted`)
}

/** `undefined` for what is not there, or cannot be looked at: then no server answers either. */
function statsOf(path: string, read: (path: string) => Stats): Stats | undefined {
  try {
    return read(path)
  } catch {
    return undefined
  }
}

function ownUid(): number {
  return process.getuid?.() ?? 0
}
