/**
 * For development: sources that another process loads, so that nobody here knows which of them count. Watches every
 * file of one extension below some folders. Knows files; what becomes of a change is for whoever asks.
 */
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'

/** Installed packages, caches, virtual environments, and what begins with a dot: nobody edits them. */
const NOT_OURS = /^(?:\.|node_modules$|__pycache__$|site-packages$)/
const VIRTUAL_ENVIRONMENT = 'pyvenv.cfg'

export class SourceFolders {
  readonly #extension: string
  readonly #since: number
  readonly #change: DebouncedChange
  readonly #watchers = new Map<string, FSWatcher>()

  /**
   * @param extension with its dot. @param since what was saved later has changed, as `Date.now()` has it.
   * @param changed told the name of one file that changed, and when.
   */
  constructor(folders: readonly string[], extension: string, since: number, changed: Changed) {
    this.#extension = extension
    this.#since = since
    this.#change = new DebouncedChange(changed)
    for (const folder of folders) this.#watch(folder)
  }

  /** Folder by folder: to watch recursively would watch each installed file too. */
  #watch(folder: string): void {
    if (this.#watchers.has(folder)) return
    try {
      const entries = readdirSync(folder, { withFileTypes: true })
      if (entries.some(({ name }) => name === VIRTUAL_ENVIRONMENT)) return
      const watcher = watch(folder, (_event, name) => name !== null && this.#seen(folder, name))
      watcher.on('error', () => this.#forget(folder))
      this.#watchers.set(folder, watcher)
      for (const entry of entries) {
        if (this.#isSavedSince(folder, entry.name)) this.#seen(folder, entry.name)
        if (entry.isDirectory() && !NOT_OURS.test(entry.name)) this.#watch(join(folder, entry.name))
      }
    } catch {
      // Gone again, or not ours to read: then nobody edits it either.
    }
  }

  #isSavedSince(folder: string, name: string): boolean {
    if (!name.endsWith(this.#extension)) return false
    return (statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0) > this.#since
  }

  #seen(folder: string, name: string): void {
    const path = join(folder, name)
    if (name.endsWith(this.#extension)) this.#change.seen(name)
    else if (!NOT_OURS.test(name) && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
      this.#watch(path)
  }

  #forget(folder: string): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
  }
}

/*
 * For development: several events of a file system that are one change, told as one. Editors save in several steps, and a
 * checkout changes many files. Used by whoever watches.
 */

/** Milliseconds of quiet that end a change. */
const QUIET = 60

/** Told the name of the file that changed last, and when, as `Date.now()` has it. */
export type Changed = (file: string, at: number) => void

export class DebouncedChange {
  readonly #changed: Changed
  #timer: NodeJS.Timeout | undefined

  constructor(changed: Changed) {
    this.#changed = changed
  }

  seen(file: string): void {
    clearTimeout(this.#timer)
    const at = Date.now()
    this.#timer = setTimeout(() => this.#changed(file, at), QUIET)
  }
}
