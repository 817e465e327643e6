/** The headers of a request by their usual names, out of the environ (SPEC C9, C18, C22). */
import type { Environ } from '@tsgi/contract'

/** By lower-case name; no prototype. */
export type RequestHeaders = Readonly<Record<string, string>>

/** A header by its name, whatever its case; undefined if it was not sent. */
export function headerOf(environ: Environ, name: string): string | undefined {
  const key = name.toUpperCase().replaceAll('-', '_')
  if (key === 'CONTENT_TYPE' || key === 'CONTENT_LENGTH') return environ[key]
  return environ[`HTTP_${key}`]
}

export function headersOf(environ: Environ): RequestHeaders {
  const headers: Record<string, string> = Object.create(null)
  const { CONTENT_TYPE: type, CONTENT_LENGTH: length } = environ
  if (type !== undefined) headers['content-type'] = type
  if (length !== undefined) headers['content-length'] = length
  // Keys first: to read every value would make `tsgi.signal` (SPEC C31).
  for (const key of Object.keys(environ)) {
    if (!isHeaderKey(key)) continue
    const value = environ[key]
    if (value !== undefined) headers[key.slice(5).toLowerCase().replaceAll('_', '-')] = value
  }
  return headers
}

function isHeaderKey(key: string): key is `HTTP_${string}` {
  return key.startsWith('HTTP_')
}
