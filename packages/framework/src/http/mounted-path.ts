/**
 * What a mount does to the path of a request, and back: exactly the prefix goes from PATH_INFO to SCRIPT_NAME, decoded as
 * the contract has it. Called by application.ts.
 */
import type { Environ } from '@tsgi/contract'
import { decodePath } from './canonical-path.ts'

/** Moves a prefix of the path from PATH_INFO to SCRIPT_NAME (RFC 3875 §4.1.13); REQUEST_URI stays as it was sent. */
export function shiftPath(environ: Environ, prefix: string): void {
  const decoded = decodePath(prefix)
  environ.SCRIPT_NAME += decoded
  environ.PATH_INFO = environ.PATH_INFO.slice(decoded.length)
}

/** Undoes `shiftPath`, unless somebody has changed more than that. */
export function unshiftPath(environ: Environ, prefix: string): void {
  const decoded = decodePath(prefix)
  if (!environ.SCRIPT_NAME.endsWith(decoded)) return
  environ.SCRIPT_NAME = environ.SCRIPT_NAME.slice(0, -decoded.length)
  environ.PATH_INFO = decoded + environ.PATH_INFO
}
