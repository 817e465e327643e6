/**
 * For development: which files the application is made of, and when one of them changes. Must be begun before the
 * application is loaded. Knows files and modules, not what becomes of a change.
 */
import { type FSWatcher, watch } from 'node:fs'
import { registerHooks } from 'node:module'
import { basename, dirname, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Editors save in several steps, and a checkout changes many files: milliseconds of quiet that end a change. */
const QUIET = 60

export class ModuleGraph {
  readonly #files = new Set<string>()
  #watchers: FSWatcher[] = []
  #timer: NodeJS.Timeout | undefined

  /** Notes every module that is loaded from now on, but for installed packages. */
  begin(): void {
    registerHooks({
      load: (url, context, next) => {
        if (url.startsWith('file:')) this.#note(fileURLToPath(url))
        return next(url, context)
      },
    })
  }

  /**
   * Watches the folders of all files so far, since an editor may put a new file in the place of the old one.
   * @param target also watched, though it could not be loaded.
   * @param loose any file of these folders counts: what failed to load may be missing one that is not known yet.
   */
  watch(target: string, loose: boolean, changed: (file: string) => void): void {
    const folders = new Set([dirname(resolve(target)), ...[...this.#files].map((file) => dirname(file))])
    for (const folder of folders) {
      this.#watchers.push(
        watch(folder, (_event, name) => {
          if (name === null) return
          const file = folder + sep + name
          if (loose ? /\.[cm]?[jt]sx?$|\.json$/.test(name) : this.#files.has(file))
            this.#settle(basename(file), changed)
        }),
      )
    }
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const watcher of this.#watchers) watcher.close()
    this.#watchers = []
  }

  #note(file: string): void {
    if (!file.includes(`${sep}node_modules${sep}`)) this.#files.add(file)
  }

  #settle(file: string, changed: (file: string) => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => changed(file), QUIET)
  }
}
