/**
 * The request target as a guest is to see it: below its mount. Knows SCRIPT_NAME and REQUEST_URI of the contract (C12,
 * C15, C16); knows no guest. Used by the guests that are given a raw target.
 */
import type { Environ } from '@tsgi/contract'

export interface MountedTarget {
  /** What the guest routes on: raw, with its query. The whole REQUEST_URI where nothing is mounted. */
  readonly target: string
  /** The raw path that led to the guest; `''` where nothing is mounted. */
  readonly base: string
}

/**
 * Takes SCRIPT_NAME off the raw target, so that no escape of the rest is lost. Where a middleware has left the three
 * out of step, the target is rebuilt from the decoded path.
 */
export function mountedTarget(environ: Environ): MountedTarget {
  const { SCRIPT_NAME: script, REQUEST_URI: whole } = environ
  if (script === '') return { target: whole, base: '' }
  const origin = whole.replace(/^https?:\/\/[^/?]*/i, '')
  const mark = origin.indexOf('?')
  const path = mark === -1 ? origin : origin.slice(0, mark)
  const query = mark === -1 ? '' : origin.slice(mark)
  const base = rawPrefix(path, script)
  if (base === undefined) return { target: rooted(escapePath(environ.PATH_INFO)) + query, base: escapePath(script) }
  return { target: rooted(path.slice(base.length)) + query, base }
}

/** The part of the raw path that decodes to `script`; mounts end at a segment's end. */
function rawPrefix(path: string, script: string): string | undefined {
  for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
    const prefix = end === -1 ? path : path.slice(0, end)
    if (decode(prefix) === script) return prefix
    if (end === -1) return undefined
  }
}

/** As the server decodes a path (C16): once, as UTF-8, bytes that are not UTF-8 become U+FFFD. */
function decode(path: string): string {
  if (!path.includes('%')) return path
  const bytes = path.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

function escapePath(path: string): string {
  return encodeURI(path.toWellFormed()).replace(/[?#]/g, encodeURIComponent)
}

function rooted(path: string): string {
  return path === '' ? '/' : path
}
