/**
 * The folders that files are served from: checked when the application is built, and resolved once, so that all of
 * a run serves from the same place even if a link on the way to it is changed.
 */
import { realpathSync, statfsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { errorCode } from './descriptor.ts'

export interface RootFolder {
  /** Absolute, without symbolic links. */
  readonly path: string
  /**
   * True when asking the file system about a file cannot mean asking the network. Then a stat may be made on the spot:
   * from the kernel's memory it takes about 1 µs, and 40 µs through the thread pool.
   */
  readonly isLocal: boolean
  /** What is in it and not for clients, by its real path below it. */
  readonly isHidden?: ((path: string) => boolean) | undefined
  /** Whether links may lead out of it. */
  readonly followsLinks?: boolean | undefined
}

/** @throws Error one line: what, where, the way out. */
export function openRoots(folders: string | readonly string[]): readonly RootFolder[] {
  const list = typeof folders === 'string' ? [folders] : folders
  if (!Array.isArray(list) || !list.every((folder) => typeof folder === 'string'))
    throw new Error(`static: the root is ${typeof folders}; give the path of a folder, or a list of them`)
  if (list.length === 0) throw new Error('static: no folder given; name the folder with the files')
  return list.map(openRoot)
}

function openRoot(folder: string): RootFolder {
  try {
    const path = realpathSync.native(folder)
    if (statSync(path).isDirectory()) return { path, isLocal: isLocal(path) }
  } catch (error) {
    throw new Error(`static: no folder at ${JSON.stringify(resolve(folder))} (${errorCode(error)}); ${WAY_OUT}`)
  }
  throw new Error(`static: ${JSON.stringify(resolve(folder))} is not a folder; ${WAY_OUT}`)
}

/** @throws Error one line, if none of the roots has this file. */
export function requireFile(roots: readonly RootFolder[], option: string, names: readonly string[]): void {
  const paths = roots.map(({ path }) => join(path, ...names))
  if (paths.some((path) => statSync(path, { throwIfNoEntry: false })?.isFile())) return
  throw new Error(`static: ${option}: no file at ${JSON.stringify(paths[0])}; create it, or correct the path`)
}

const WAY_OUT = 'create it, or correct the path (relative paths start at the current directory)'

/** Whitelisted: what is not known to be local, NFS, SMB, FUSE and the rest, may block without end. */
function isLocal(path: string): boolean {
  if (process.platform !== 'linux') return false
  try {
    return LOCAL_FILE_SYSTEMS.has(statfsSync(path).type)
  } catch {
    return false // not allowed to ask
  }
}

// The f_type numbers of statfs(2).
const LOCAL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlayfs
  0xf2f52010, // f2fs
  0x2fc12fc1, // zfs
  0x73717368, // squashfs
  0xe0f5e1e2, // erofs
])
