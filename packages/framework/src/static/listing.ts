/**
 * A folder as a page of links, for `listing: true`. Shows what can be fetched and nothing else: no hidden names, no
 * links that leave the root, nothing that is neither file nor folder.
 */
import { type Dirent, readdir } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { escapeHtml } from '../http/escape-html.ts'
import { closeDescriptor, faultOf } from './descriptor.ts'
import { type OpenEntry, openInside } from './open-inside.ts'
import { isName } from './requested-path.ts'
import type { RootFolder } from './root-folder.ts'

export interface ListedName {
  readonly name: string
  readonly isFolder: boolean
}

/**
 * What the folder holds in all roots together: a name in several roots is listed once, as the first has it.
 * @returns undefined if no root has the folder.
 */
export async function listFolder(
  roots: readonly RootFolder[],
  names: readonly string[],
  report: (line: string) => void,
): Promise<readonly ListedName[] | undefined> {
  const lists: (readonly ListedName[])[] = []
  for (const root of roots) {
    const entry = await openInside(root, names, report)
    if (entry === undefined) continue
    try {
      if (entry.kind === 'folder') lists.push(await readNames(entry, root, names))
    } finally {
      await closeDescriptor(entry.fd)
    }
  }
  return lists.length === 0 ? undefined : merge(lists)
}

/** @param path decoded, as the client sees it. */
export function listingPage(path: string, entries: readonly ListedName[]): string {
  const title = escapeHtml(`Index of ${path}`)
  const up = path.lastIndexOf('/', path.length - 2) < 0 ? [] : ['<li><a href="../">../</a></li>']
  return [
    '<!DOCTYPE html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>`,
    `<body><h1>${title}</h1>`,
    ...['<ul>', ...up, ...entries.map(listItem), '</ul>'],
    '</body></html>\n',
  ].join('\n')
}

async function readNames({ fd }: OpenEntry, root: RootFolder, names: readonly string[]): Promise<ListedName[]> {
  const listed: ListedName[] = []
  for (const entry of await readEntries(fd, join(root.path, ...names))) {
    // A name that is not UTF-8 was read with U+FFFD in it, and cannot be fetched.
    if (entry.name.startsWith('.') || !isName(entry.name) || entry.name.includes('\ufffd')) continue
    const mustOpen = entry.isSymbolicLink() || root.isHidden !== undefined
    const kind = mustOpen ? await kindBehind(root, [...names, entry.name]) : kindOf(entry)
    if (kind !== undefined) listed.push({ name: entry.name, isFolder: kind === 'folder' })
  }
  return listed
}

const readFolder = promisify(readdir)

/** By the descriptor where the system can: the name may be another folder's by now. */
async function readEntries(fd: number, path: string): Promise<Dirent[]> {
  if (process.platform !== 'linux') return readFolder(path, { withFileTypes: true })
  try {
    return await readFolder(`/proc/self/fd/${fd}`, { withFileTypes: true })
  } catch (error) {
    if (faultOf(error) === 'exhausted') throw error
    return []
  }
}

function kindOf(entry: Dirent): 'file' | 'folder' | undefined {
  return entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : undefined
}

/** Where a name leads, if it stays inside and is not hidden. */
async function kindBehind(root: RootFolder, names: readonly string[]): Promise<'file' | 'folder' | undefined> {
  const entry = await openInside(root, names, () => {})
  if (entry !== undefined) await closeDescriptor(entry.fd)
  return entry?.kind
}

function merge(lists: readonly (readonly ListedName[])[]): readonly ListedName[] {
  const byName = new Map<string, ListedName>()
  for (const entry of lists.flat()) if (!byName.has(entry.name)) byName.set(entry.name, entry)
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** `./` before the name: `javascript:` is then no scheme. */
function listItem({ name, isFolder }: ListedName): string {
  const slash = isFolder ? '/' : ''
  return `<li><a href="./${escapeHtml(encodeURIComponent(name))}${slash}">${escapeHtml(name)}${slash}</a></li>`
}
