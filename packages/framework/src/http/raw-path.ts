/**
 * The path the router matches on: canonical and still escaped, so that `/a%2Fb` is one segment.
 * It is REQUEST_URI without the part that SCRIPT_NAME has consumed, if that agrees with PATH_INFO. If a
 * middleware has changed PATH_INFO, the path is PATH_INFO, encoded again.
 */
import type { Environ } from '@tsgi/contract'
import { canonicalPath, decodePath, encodePath } from './canonical-path.ts'

/** @returns undefined if the request's path holds a `%` that begins no escape. */
export function rawPath(environ: Environ): string | undefined {
  const { PATH_INFO: path, REQUEST_URI: target } = environ
  // Without an escape on either side PATH_INFO is raw; no need to look at SCRIPT_NAME or the form of the target.
  if (!target.includes('%') && !path.includes('%')) return path === '' ? '/' : path
  const raw = pathOfTarget(target)
  if (!raw.includes('%') && !path.includes('%')) return path === '' ? '/' : path
  const canonical = canonicalPath(raw)
  if (canonical === undefined) return undefined
  const own = afterScriptName(canonical, environ.SCRIPT_NAME, path) ?? encodePath(path)
  return own === '' ? '/' : own
}

/** SCRIPT_NAME, escaped as it was sent if it still agrees: a parameter of a mount may contain an escaped slash. */
export function rawScriptName({ SCRIPT_NAME: prefix, PATH_INFO: path, REQUEST_URI: target }: Environ): string {
  const canonical = prefix !== '' && target.includes('%') ? canonicalPath(pathOfTarget(target)) : undefined
  const own = canonical === undefined ? undefined : afterScriptName(canonical, prefix, path)
  if (canonical === undefined || own === undefined) return encodePath(prefix)
  return canonical.slice(0, canonical.length - own.length)
}

/** The path of a request target in origin or absolute form (RFC 9112 §3.2). */
export function pathOfTarget(target: string): string {
  const query = target.indexOf('?')
  const whole = query < 0 ? target : target.slice(0, query)
  if (whole.startsWith('/')) return whole
  const authority = whole.indexOf('://')
  if (authority < 0) return whole
  const path = whole.indexOf('/', authority + 3)
  return path < 0 ? '' : whole.slice(path)
}

/** The rest of a raw path after the segments that decode to `scriptName`; undefined if they do not agree. */
function afterScriptName(raw: string, scriptName: string, pathInfo: string): string | undefined {
  if (decodePath(raw) !== scriptName + pathInfo) return undefined
  let at = 0
  let decoded = 0
  while (decoded < scriptName.length && at < raw.length) {
    const next = raw.indexOf('/', at + 1)
    const end = next < 0 ? raw.length : next
    decoded += decodePath(raw.slice(at, end)).length
    at = end
  }
  return decoded === scriptName.length ? raw.slice(at) : undefined
}

/*
 * Mounts a request, and undoes it: moves exactly the prefix from PATH_INFO to SCRIPT_NAME, decoded as
 * the contract demands.
 */

/** Moves a prefix of the path from PATH_INFO to SCRIPT_NAME (RFC 3875 §4.1.13); REQUEST_URI stays as it was sent. */
export function shiftPath(environ: Environ, prefix: string): void {
  const decoded = decodePath(prefix)
  environ.SCRIPT_NAME += decoded
  environ.PATH_INFO = environ.PATH_INFO.slice(decoded.length)
}

/** Undoes `shiftPath`, unless a middleware has also changed the path. */
export function unshiftPath(environ: Environ, prefix: string): void {
  const decoded = decodePath(prefix)
  if (!environ.SCRIPT_NAME.endsWith(decoded)) return
  environ.SCRIPT_NAME = environ.SCRIPT_NAME.slice(0, -decoded.length)
  environ.PATH_INFO = decoded + environ.PATH_INFO
}
