/**
 * A folder as a page, for `listing: true`: names, sizes and dates, folders first. Shows what can be fetched and nothing else: no hidden names, no
 * links that leave the root, nothing that is neither file nor folder.
 */
import { createHash } from 'node:crypto'
import { type BigIntStats, type Dirent, readdir, type Stats, stat } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { escapeHtml } from '../http/escape-html.ts'
import { PAGE_STYLE } from '../http/page-style.ts'
import { closeDescriptor, faultOf } from './descriptor.ts'
import { type OpenEntry, openInside } from './open-inside.ts'
import { isName } from './requested-path.ts'
import type { RootFolder } from './root-folder.ts'

export interface ListedName {
  readonly name: string
  readonly isFolder: boolean
  /** Bytes; undefined for a folder, and for a file that is gone by now. */
  readonly size?: number | undefined
  /** Milliseconds since 1970. */
  readonly changed?: number | undefined
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
  const up = path.lastIndexOf('/', path.length - 2) < 0 ? [] : ['<tr><td><a href="../">../</a><td><td>']
  const head = '<tr><th scope="col">Name<th scope="col">Size<th scope="col">Changed'
  return [
    '<!DOCTYPE html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>`,
    `<style>${STYLE}</style></head>`,
    `<body><main><h1>${title}</h1>`,
    ...['<table>', `<thead>${head}`, '<tbody>', ...up, ...entries.map(row), '</table>'],
    ...(entries.length === 0 ? ['<p class="quiet">The folder is empty.</p>'] : []),
    '</main></body></html>\n',
  ].join('\n')
}

/** The style of the page alone; nothing else loads and nothing runs. */
export function listingPolicy(): string {
  return `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`
}

const STYLE = `${PAGE_STYLE}
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .35rem 1rem .35rem 0; border-bottom: 1px solid var(--line) }
th { font-size: .875rem; font-weight: 600 }
th + th, td + td { text-align: right; white-space: nowrap; padding-right: 0; padding-left: 1rem }
@media (max-width: 30rem) { time span { display: none } }
`

async function readNames({ fd }: OpenEntry, root: RootFolder, names: readonly string[]): Promise<ListedName[]> {
  const listed: ListedName[] = []
  for (const entry of await readEntries(fd, join(root.path, ...names))) {
    // A name that is not UTF-8 was read with U+FFFD in it, and cannot be fetched.
    if (entry.name.startsWith('.') || !isName(entry.name) || entry.name.includes('\ufffd')) continue
    const mustOpen = entry.isSymbolicLink() || root.isHidden !== undefined
    const found = mustOpen ? await entryBehind(root, [...names, entry.name]) : await entryAt(root, names, entry)
    if (found !== undefined) listed.push({ name: entry.name, ...found })
  }
  return listed
}

const statPath = promisify(stat)

/** A plain file or folder. */
async function entryAt(root: RootFolder, names: readonly string[], entry: Dirent): Promise<Facts | undefined> {
  if (!entry.isFile() && !entry.isDirectory()) return undefined
  try {
    return factsOf(await statPath(join(root.path, ...names, entry.name)))
  } catch (error) {
    if (faultOf(error) === 'exhausted') throw error
    return { isFolder: entry.isDirectory() }
  }
}

type Facts = Omit<ListedName, 'name'>

function factsOf(entry: Stats | BigIntStats): Facts {
  const isFolder = entry.isDirectory()
  return { isFolder, size: isFolder ? undefined : Number(entry.size), changed: Number(entry.mtimeMs) }
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

/** Where a name leads, if it stays inside and is not hidden. */
async function entryBehind(root: RootFolder, names: readonly string[]): Promise<Facts | undefined> {
  const entry = await openInside(root, names, () => {})
  if (entry !== undefined) await closeDescriptor(entry.fd)
  return entry && factsOf(entry.stat)
}

function merge(lists: readonly (readonly ListedName[])[]): readonly ListedName[] {
  const byName = new Map<string, ListedName>()
  for (const entry of lists.flat()) if (!byName.has(entry.name)) byName.set(entry.name, entry)
  const sorted = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  return [...sorted.filter(({ isFolder }) => isFolder), ...sorted.filter(({ isFolder }) => !isFolder)]
}

/** `./` before the name: `javascript:` is then no scheme. */
function row({ name, isFolder, size, changed }: ListedName): string {
  const slash = isFolder ? '/' : ''
  const link = `<a href="./${escapeHtml(encodeURIComponent(name))}${slash}">${escapeHtml(name)}${slash}</a>`
  return `<tr><td>${link}<td>${size === undefined ? '' : sizeText(size)}<td>${changed === undefined ? '' : timeHtml(changed)}`
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB']

/** `1.2 KB`, of 1024 bytes. */
function sizeText(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10))
  const amount = bytes / 1024 ** power
  return `${power > 0 && amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${UNITS[power]}`
}

/** Its day, and where there is room the time of day, UTC. */
function timeHtml(milliseconds: number): string {
  const date = new Date(milliseconds)
  if (Number.isNaN(date.getTime())) return ''
  const text = date.toISOString()
  return `<time datetime="${text}">${text.slice(0, 10)}<span> ${text.slice(11, 16)}</span></time>`
}
