/**
 * Finds what a path means among the roots: a file, a folder, or nothing. The first root that has it wins.
 * Knows of HTTP only which codings the client takes; answers nothing.
 */
import { type Coding, preferredCodings } from './content-coding.ts'
import { extensionOf } from './content-type.ts'
import { discard, FileStore, type StoredFile } from './file-store.ts'
import { readOptions, type StaticOptions, type StaticSettings } from './options.ts'
import type { RequestedPath } from './requested-path.ts'
import { openRoots, type RootFolder, requireFile } from './root-folder.ts'
import type { FileFacts } from './send-file.ts'

/** The roots of one application, its settings, and its store. */
export interface Site extends StaticSettings {
  readonly roots: readonly RootFolder[]
  readonly store: FileStore
  /** What is said of files in memory, and by which path; gone when they are. */
  readonly facts: WeakMap<StoredFile, FileFacts & { readonly path: string }>
}

export interface FoundFile {
  readonly file: StoredFile
  /** Below the root, as it was opened, without the suffix of a coding. */
  readonly path: string
  readonly coding: Coding | undefined
}

/** `folder`: one that was asked for without its slash. */
export type Found = FoundFile | 'folder'

/** @throws Error one line: a root that is none, or an option that cannot be. */
export function openSite(folders: string | readonly string[], options: StaticOptions): Site {
  const settings = readOptions(options)
  const roots = openRoots(folders).map((root) => ({ ...root, isHidden: settings.hidden }))
  if (settings.fallback !== undefined) requireFile(roots, 'fallback', settings.fallback)
  return { ...settings, roots, store: new FileStore(settings.memory), facts: new WeakMap() }
}

/** What one search is made with, beside the path. */
export interface Search {
  readonly acceptEncoding: string | undefined
  /** One line for the operator. */
  readonly report: (line: string) => void
}

/**
 * What `find` would find, where memory has it and there is nothing to wait for: the first candidate of the first root, in
 * the coding that the client likes best. Undefined does not mean that there is none.
 */
export function findAtHand(
  { roots, index, store, precompressed }: Site,
  { names, isFolder }: RequestedPath,
  acceptEncoding: string | undefined,
): FoundFile | undefined {
  const [root] = roots
  const [name] = index
  if (root === undefined || (isFolder && name === undefined)) return undefined
  const wanted = isFolder && name !== undefined ? [...names, name] : names
  const file = store.atHand(root, wanted)
  const coding = precompressed ? preferredCodings(acceptEncoding)[0] : undefined
  if (file === undefined || coding === undefined) return file && { file, path: wanted.join('/'), coding }
  const variant = store.atHand(root, variantNames(wanted, coding))
  return variant && isAsNew(variant, file) ? { file: variant, path: wanted.join('/'), coding } : undefined
}

/** @throws the file system's error when it is about this process (EMFILE) or the disk (EIO). */
export async function find(site: Site, { names, isFolder }: RequestedPath, search: Search): Promise<Found | undefined> {
  const candidates = isFolder ? site.index.map((name) => [...names, name]) : [names]
  for (const root of site.roots) {
    for (const candidate of candidates) {
      const file = await site.store.open(root, candidate, search.report)
      if (file === 'folder' && !isFolder) return 'folder'
      if (file !== undefined && file !== 'folder') return chooseVariant(site, root, candidate, file, search)
    }
  }
  return undefined
}

/** A path with an extension is a file that is missing, not a page of the application: it gets no fallback. */
export async function findFallback(site: Site, { names }: RequestedPath, search: Search): Promise<Found | undefined> {
  if (site.fallback === undefined || extensionOf(names.at(-1) ?? '') !== '') return undefined
  return find(site, { names: site.fallback, isFolder: false }, search)
}

async function chooseVariant(
  site: Site,
  root: RootFolder,
  names: readonly string[],
  file: StoredFile,
  search: Search,
): Promise<FoundFile> {
  const path = names.join('/')
  if (!site.precompressed) return { file, path, coding: undefined }
  try {
    for (const coding of preferredCodings(search.acceptEncoding)) {
      const variant = await openVariant(site, root, names, coding, search)
      if (variant === undefined) continue
      if (isAsNew(variant, file)) {
        await discard(file)
        return { file: variant, path, coding }
      }
      await discard(variant)
    }
  } catch (error) {
    await discard(file)
    throw error
  }
  return { file, path, coding: undefined }
}

async function openVariant(
  { store }: Site,
  root: RootFolder,
  names: readonly string[],
  coding: Coding,
  { report }: Search,
): Promise<StoredFile | undefined> {
  const variant = await store.open(root, variantNames(names, coding), report)
  return variant === 'folder' ? undefined : variant
}

function variantNames(names: readonly string[], { suffix }: Coding): readonly string[] {
  return [...names.slice(0, -1), `${names.at(-1)}${suffix}`]
}

/** By whole seconds: some compressors copy the file's time, but not its fraction. */
function isAsNew(variant: StoredFile, file: StoredFile): boolean {
  return variant.stat.mtimeMs / 1000n >= file.stat.mtimeMs / 1000n
}
