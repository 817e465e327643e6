/**
 * Where a folder asked for without its slash really is: the same path with the slash, and the same query.
 * A path only, that no client can take for another host (CVE-2015-1164, CVE-2024-43799).
 */
import type { Environ } from '@tsgi/contract'
import { canonicalPath, decodePath, encodePath } from '../http/canonical-path.ts'
import { pathOfTarget } from '../http/raw-path.ts'

export function folderLocation(environ: Environ): string {
  const { QUERY_STRING: query } = environ
  // `//host` and `/\host` are other hosts to a browser.
  const path = wholePath(environ).replace(/^[/\\]+/, '')
  return `${path === '' ? '/' : `/${path}/`}${query === '' ? '' : `?${escapeQuery(query)}`}`
}

/** As it was sent, unless it was changed since; so that an escaped slash in a parameter stays one. */
function wholePath({ SCRIPT_NAME, PATH_INFO, REQUEST_URI }: Environ): string {
  const sent = canonicalPath(pathOfTarget(REQUEST_URI))
  const decoded = SCRIPT_NAME + PATH_INFO
  return sent !== undefined && decodePath(sent) === decoded ? sent : encodePath(decoded)
}

/** A query is printable ASCII (RFC 3986 §3.4); anything else that got this far is escaped. */
function escapeQuery(query: string): string {
  return query.toWellFormed().replace(/[^\x21\x23-\x3b\x3d\x3f-\x7e]|#/gu, encodeURIComponent)
}
