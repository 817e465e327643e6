/**
 * Every file of some kind below a folder, through links too: sources that another process loads, so that nothing here knows
 * which of them count. Knows names of files, not when they change.
 */
import { readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { isDirectory } from './file-kind.ts'

export interface SourceTree {
  readonly folder: string
  /** Whether a file of this name counts. */
  readonly matches: (name: string) => boolean
  /** Whether folders in it count too. */
  readonly isDeep: boolean
}

/** Installed packages, caches, and what begins with a dot: not edited. */
const NOT_SOURCE = /^(?:\.|node_modules$|__pycache__$|site-packages$)/
const VIRTUAL_ENVIRONMENT = 'pyvenv.cfg'

export interface FoundFiles {
  /** As they are reached, links and all. */
  readonly files: readonly string[]
  readonly folders: readonly string[]
}

export function filesOf(trees: readonly SourceTree[]): FoundFiles {
  const found = { files: [] as string[], folders: [] as string[] }
  for (const tree of trees) collect(tree, tree.folder, new Set(), found)
  return found
}

function collect(
  tree: SourceTree,
  folder: string,
  seen: Set<string>,
  found: { files: string[]; folders: string[] },
): void {
  try {
    const real = realpathSync(folder)
    if (seen.has(real)) return // a link to a folder above
    seen.add(real)
    const entries = readdirSync(folder, { withFileTypes: true })
    if (entries.some(({ name }) => name === VIRTUAL_ENVIRONMENT)) return
    found.folders.push(folder)
    for (const entry of entries) {
      const path = join(folder, entry.name)
      const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && isDirectory(path))
      if (!isFolder && tree.matches(entry.name)) found.files.push(path)
      if (isFolder && tree.isDeep && !NOT_SOURCE.test(entry.name)) collect(tree, path, seen, found)
    }
  } catch {
    // Gone meanwhile, or not to be read by us: then nothing of it was loaded either.
  }
}
