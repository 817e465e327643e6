/**
 * For development: which files the application is made of, and when one of them changes. Must be begun before the
 * application is loaded. Knows files and modules, not what becomes of a change.
 */
import { existsSync, statSync, watch } from 'node:fs'
import { registerHooks } from 'node:module'
import { basename, dirname, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Changed, DebouncedChange } from './source-folders.ts'

/** What may be a part of the application. */
const SOURCE = /\.[cm]?[jt]sx?$|\.json$/

export class ModuleGraph {
  /** As they were when they were loaded. */
  readonly #files = new Map<string, string>()
  /** What was asked for and is not there. */
  readonly #missing = new Set<string>()

  /** Notes every module that is loaded from now on, but for installed packages. */
  begin(): void {
    registerHooks({
      resolve: (specifier, context, next) => {
        try {
          return next(specifier, context)
        } catch (error) {
          const place = placeOfMissing(error, specifier, context.parentURL)
          if (place !== undefined) this.#missing.add(fileURLToPath(place))
          throw error
        }
      },
      load: (url, context, next) => {
        if (url.startsWith('file:')) this.#note(fileURLToPath(url))
        return next(url, context)
      },
    })
  }

  /**
   * Watches the folders of all files so far, since an editor may put a new file in the place of the old one.
   * @param target also watched, though it could not be loaded.
   * @param loose any source file of these folders counts: what failed to load may be missing one that is not known yet.
   */
  watch(target: string, loose: boolean, changed: Changed): void {
    const change = new DebouncedChange(changed)
    const awaited = new Set([...this.#missing].map(firstMissing))
    const files = [resolve(target), ...this.#files.keys(), ...awaited]
    for (const folder of new Set(files.map((file) => dirname(file)))) {
      if (!existsSync(folder)) continue
      watch(folder, (_event, name) => {
        if (name === null) return
        const file = folder + sep + name
        if (this.#files.has(file) || awaited.has(file) || (loose && SOURCE.test(name))) change.seen(basename(file))
      })
    }
    // Saved while it was being loaded.
    for (const [file, version] of this.#files) if (versionOf(file) !== version) change.seen(basename(file))
    for (const file of awaited) if (existsSync(file)) change.seen(basename(file))
  }

  #note(file: string): void {
    if (!file.includes(`${sep}node_modules${sep}`)) this.#files.set(file, versionOf(file))
  }
}

/** Where the module would be that could not be found: Node tells for an import, and for `require` it can be told. */
function placeOfMissing(error: unknown, specifier: string, parent: string | undefined): URL | undefined {
  const { url }: { url?: unknown } = Object(error)
  if (typeof url === 'string') return url.startsWith('file:') ? new URL(url) : undefined
  return /^\.{0,2}\//.test(specifier) && parent?.startsWith('file:') === true ? new URL(specifier, parent) : undefined
}

/** What is different after a file was saved or replaced. */
function versionOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false })
  return stats === undefined ? 'none' : `${stats.ino} ${stats.mtimeMs} ${stats.size}`
}

/** Of a path to a missing file, the part that has to appear first: a folder can only be watched where there is one. */
function firstMissing(path: string): string {
  let missing = path
  while (!existsSync(dirname(missing))) missing = dirname(missing)
  return missing
}
