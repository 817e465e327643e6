/**
 * For development: says when one of some files is another one than before, by looking at it. The system's events (inotify)
 * say when to look; a look once in a while sees what has no event: a link that leads elsewhere, a folder in another's place,
 * a machine without inotify (docs/decisions/0130). Knows paths, not what is in them.
 */
import { createHash } from 'node:crypto'
import { existsSync, type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { statsOf } from './file-kind.ts'
import { filesOf, type SourceTree } from './source-tree.ts'

/** Gets the name of the file that changed last, and when that was seen, as `Date.now()` has it. */
export type Changed = (file: string, at: number) => void

export interface FileWatchOptions {
  readonly changed: Changed
  /** Gets one line, once, where the system cannot tell of changes. */
  readonly warned: (reason: string) => void
  /** Opens a watcher; only a test has another. */
  readonly open?: typeof watch
}

/** Quiet that ends a change: editors save in several steps, and a checkout changes many files. */
const QUIET_MS = 60
/** Between two looks, where events say when to look at once. */
const LOOK_INTERVAL_MS = 1_000
/** The same where there are no events. */
const POLL_INTERVAL_MS = 500
/** Looking takes at most this part of the time, without events. */
const MAX_LOOK_SHARE = 0.05
/** From an event to the look: what belongs together comes together. */
const EVENT_DELAY_MS = 20
/** After a look, events wait for so many times what it took. */
const PAUSES_PER_LOOK = 3

/** Reasons for a folder not to be watched that say nothing about other folders. */
const OF_ONE_FOLDER = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP']

interface WatchedFolder {
  readonly identity: string
  readonly watcher: FSWatcher
}

export class FileWatch {
  readonly #options: FileWatchOptions
  /** What each file was, by its path. */
  readonly #files = new Map<string, string>()
  readonly #trees: SourceTree[] = []
  readonly #inTrees = new Map<string, string>()
  readonly #folders = new Map<string, WatchedFolder>()
  /** Folders that hold a tree or a part of it. */
  #treeFolders: readonly string[] = []
  #isPolling = false
  #lookTimer: NodeJS.Timeout | undefined
  #lookDue = 0
  #lookedAt = 0
  #lookTime = 0
  #quietTimer: NodeJS.Timeout | undefined
  #lastChange: { readonly file: string; readonly at: number } | undefined
  #isClosed = false

  constructor(options: FileWatchOptions) {
    this.#options = options
  }

  /** From now on, a file that is different, appears or goes is a change. The first time counts: call it before it is read. */
  add(file: string): void {
    if (!this.#files.has(file)) this.#files.set(file, versionOf(file))
  }

  /** Every matching file of a folder, also those to come. */
  addTree(tree: SourceTree): void {
    this.#trees.push(tree)
    const { files } = filesOf([tree])
    for (const file of files) this.#inTrees.set(file, versionOf(file))
  }

  /** Begins to look; what has changed since it was added is seen at once. */
  start(): void {
    this.#look()
  }

  /** What all files are now, in a word: the same for every process that watches the same files. */
  get version(): string {
    const all = [...this.#files, ...this.#inTrees].map(([file, version]) => `${file} ${version}`)
    return createHash('sha256').update(all.sort().join('\n')).digest('hex').slice(0, 16)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#lookTimer)
    clearTimeout(this.#quietTimer)
    for (const folder of [...this.#folders.keys()]) this.#forget(folder)
  }

  #look(): void {
    if (this.#isClosed) return
    clearTimeout(this.#lookTimer)
    this.#lookTimer = undefined
    const begun = performance.now()
    for (const [file, version] of this.#files) this.#compare(this.#files, file, version)
    this.#lookAtTrees()
    this.#watchFolders()
    this.#lookedAt = performance.now()
    this.#lookTime = this.#lookedAt - begun
    const interval = this.#isPolling ? POLL_INTERVAL_MS : LOOK_INTERVAL_MS
    this.#lookIn(Math.max(interval, this.#lookTime / MAX_LOOK_SHARE))
  }

  #lookAtTrees(): void {
    if (this.#trees.length === 0) return
    const { files, folders } = filesOf(this.#trees)
    this.#treeFolders = folders
    for (const file of new Set([...files, ...this.#inTrees.keys()]))
      this.#compare(this.#inTrees, file, this.#inTrees.get(file) ?? GONE)
  }

  #compare(known: Map<string, string>, file: string, version: string): void {
    const now = versionOf(file)
    if (now === version) return
    known.set(file, now)
    this.#lastChange = { file: basename(file), at: this.#lastChange?.at ?? Date.now() }
    clearTimeout(this.#quietTimer)
    this.#quietTimer = setTimeout(() => this.#settle(), QUIET_MS)
  }

  /** Reports what has become quiet, unless it changes while it is looked at. */
  #settle(): void {
    this.#quietTimer = undefined
    this.#look()
    if (this.#quietTimer !== undefined || this.#lastChange === undefined || this.#isClosed) return
    const { file, at } = this.#lastChange
    this.#lastChange = undefined
    this.#options.changed(file, at)
  }

  /** A watcher holds on to the folder that it was opened on, wherever that is moved: it is opened again for what is there now. */
  #watchFolders(): void {
    if (this.#isPolling) return
    const wanted = this.#wantedFolders()
    for (const folder of this.#folders.keys()) if (!wanted.has(folder)) this.#forget(folder)
    for (const folder of wanted) {
      const identity = identityOf(folder)
      if (this.#folders.get(folder)?.identity === identity) continue
      this.#forget(folder)
      if (identity !== GONE && !this.#watch(folder, identity)) return
    }
  }

  /** Where a file appears, changes or is replaced; and the folders above, which may be replaced as a whole. */
  #wantedFolders(): ReadonlySet<string> {
    const wanted = new Set(this.#treeFolders)
    for (const file of this.#files.keys()) {
      let folder = dirname(file)
      while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder)
      wanted.add(folder)
      wanted.add(dirname(folder))
    }
    return wanted
  }

  /** @returns false where nothing can be watched any more. */
  #watch(folder: string, identity: string): boolean {
    try {
      const open = this.#options.open ?? watch
      const watcher = open(folder, { persistent: false }, () => this.#seen())
      watcher.on('error', (error: NodeJS.ErrnoException) => this.#failed(folder, error))
      this.#folders.set(folder, { identity, watcher })
      return true
    } catch (error) {
      return this.#failed(folder, error as NodeJS.ErrnoException) // what `watch` throws comes from the system
    }
  }

  #failed(folder: string, error: NodeJS.ErrnoException): boolean {
    this.#forget(folder)
    if (OF_ONE_FOLDER.includes(error.code ?? '')) return true
    if (this.#isPolling) return false
    this.#isPolling = true
    for (const other of [...this.#folders.keys()]) this.#forget(other)
    const reason = error.code === 'ENOSPC' ? 'no inotify watches are left (fs.inotify.max_user_watches)' : error.message
    this.#options.warned(`--reload: ${reason}; looking at the files every ${POLL_INTERVAL_MS} ms instead`)
    return false
  }

  /** Something happened in a folder: whether it matters only a look can tell. One that is due sooner stays so. */
  #seen(): void {
    const earliest = this.#lookedAt + this.#lookTime * PAUSES_PER_LOOK
    this.#lookIn(Math.max(EVENT_DELAY_MS, earliest - performance.now()))
  }

  #lookIn(delay: number): void {
    const due = performance.now() + delay
    if (this.#lookTimer !== undefined && this.#lookDue <= due) return
    clearTimeout(this.#lookTimer)
    this.#lookDue = due
    this.#lookTimer = setTimeout(() => this.#look(), delay).unref()
  }

  #forget(folder: string): void {
    this.#folders.get(folder)?.watcher.close()
    this.#folders.delete(folder)
  }
}

const GONE = 'none'

/** What is different after a file was saved, replaced, or is another one behind a link. */
function versionOf(file: string): string {
  const stats = statsOf(file)
  if (stats === undefined) return GONE
  const identity = `${stats.dev} ${stats.ino}`
  return stats.isDirectory() ? identity : `${identity} ${stats.mtimeMs} ${stats.size}`
}

function identityOf(folder: string): string {
  const stats = statsOf(folder)
  return stats === undefined || !stats.isDirectory() ? GONE : `${stats.dev} ${stats.ino}`
}
