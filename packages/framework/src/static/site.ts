/**
 * Finds what a path means among the roots: a file, a folder, or nothing. The first root that has it wins.
 * Knows of HTTP only which codings the client takes; answers nothing.
 */
import { type Coding, preferredCodings } from './content-coding.ts'
import { extensionOf } from './content-type.ts'
import { discard, FileStore, type StoredFile } from './file-store.ts'
import type { KnownFile } from './memory-cache.ts'
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

/** @throws Error one line: a root that is no folder, or a bad option. */
export function openSite(folders: string | readonly string[], options: StaticOptions): Site {
  const settings = readOptions(options)
  const { hidden: isHidden, followsLinks } = settings
  const roots = openRoots(folders).map((root) => ({ ...root, isHidden, followsLinks }))
  if (settings.fallback !== undefined) requireFile(roots, 'fallback', settings.fallback)
  return { ...settings, roots, store: new FileStore(settings.memory), facts: new WeakMap() }
}

/** What one search is made with, beside the path. */
export interface Search {
  readonly acceptEncoding: string | undefined
  /** Whether the client asks for a page by name, as browsers do when they navigate. */
  readonly wantsPage: boolean
  /** One line for the operator. */
  readonly report: (line: string) => void
}

/**
 * The result of `find` if it is in memory, without a promise: the first candidate of the first root, in
 * the coding that the client prefers. Undefined does not mean that the file is missing.
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
  const path = wanted.join('/')
  const coding = precompressed ? preferredCodings(acceptEncoding)[0] : undefined
  if (coding === undefined) {
    const file = store.atHand(root, wanted)
    return file && { file, path, coding }
  }
  const plain = store.knownAtHand(root, wanted)
  const variant = plain && store.atHand(root, variantNames(wanted, coding))
  return variant && isAsNew(variant, plain) ? { file: variant, path, coding } : undefined
}

/** @throws the file system's error when it is about this process (EMFILE) or the disk (EIO). */
export async function find(site: Site, { names, isFolder }: RequestedPath, search: Search): Promise<Found | undefined> {
  const candidates = isFolder
    ? site.index.map((name) => [...names, name])
    : [names, ...extended(names, site.extensions)]
  for (const root of site.roots) {
    let isFound = false
    for (const candidate of candidates) {
      const file = await site.store.open(root, candidate, search.report)
      if (file === 'folder') isFound ||= candidate === names
      else if (file !== undefined) return chooseVariant(site, root, candidate, file, search)
    }
    // A file with an extension is looked for first: `/about` may be `about.html` beside a folder `about`.
    if (isFound) return 'folder'
  }
  return undefined
}

function extended(names: readonly string[], extensions: readonly string[]): readonly (readonly string[])[] {
  const last = names.at(-1)
  if (last === undefined) return []
  return extensions.map((extension) => [...names.slice(0, -1), `${last}.${extension}`])
}

/** A path with an extension is taken for a missing file, not for a page: it gets no fallback unless that is asked for. */
export async function findFallback(site: Site, { names }: RequestedPath, search: Search): Promise<Found | undefined> {
  if (site.fallback === undefined) return undefined
  const isPage = extensionOf(names.at(-1) ?? '') === '' || (site.fallbackDots && search.wantsPage)
  if (!isPage) return undefined
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
function isAsNew(variant: KnownFile, file: KnownFile): boolean {
  return variant.stat.mtimeMs / 1000n >= file.stat.mtimeMs / 1000n
}
