/**
 * Which file of a root a request names: a list of plain names, or nothing. Works on the path as it was sent, so that
 * an escaped slash is seen; decodes once. Touches no disk: what is refused here is answered like a file that is missing.
 */
import type { Environ } from '@tsgi/contract'
import { rawPath } from '../http/raw-path.ts'

export interface RequestedPath {
  /** Names of folders and, last, of the file; none of them empty, `.`, `..`, or with a separator or NUL in it. */
  readonly names: readonly string[]
  /** True when the path ends with a slash: its index, or its listing, is meant. */
  readonly isFolder: boolean
}

/**
 * @param wellKnown lets `/.well-known/…` (RFC 8615) through; every other name that begins with a dot is refused.
 * @returns undefined for a path that names nothing below the root.
 */
export function requestedPath(environ: Environ, wellKnown: boolean): RequestedPath | undefined {
  if (isBareMount(environ)) return { names: [], isFolder: false }
  const raw = rawPath(environ)
  if (raw === undefined || !raw.startsWith('/')) return undefined
  const parts = raw.slice(1).split('/').map(decodeName)
  const last = parts.pop()
  const isFolder = last === '' || last === '.'
  const names = (isFolder ? parts : [...parts, last]).filter((name) => name !== '.')
  return areNames(names, wellKnown) ? { names, isFolder } : undefined
}

/** `/static` for a mount at `/static`: the folder itself, without its slash. */
function isBareMount({ SCRIPT_NAME, PATH_INFO }: Environ): boolean {
  return PATH_INFO === '' && SCRIPT_NAME !== ''
}

/** Strict, unlike PATH_INFO: bytes that are not UTF-8, overlong forms among them, name no file. */
export function decodeName(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

function areNames(names: readonly (string | undefined)[], wellKnown: boolean): names is readonly string[] {
  return names.every((name, i) => {
    if (name === undefined || !isName(name)) return false
    return !name.startsWith('.') || (wellKnown && i === 0 && name === '.well-known')
  })
}

/** One step down: no separator of any system, no NUL, and not a step to the side or up. */
export function isName(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..' && !/[/\\\0]/.test(text) && text.isWellFormed()
}
