/**
 * Static files where there is no file system, as on Workers: each function says so when it is called. Bundlers take this
 * file in place of static-files.ts for platforms other than Node, Deno and Bun (package.json, `imports`).
 */
import type { Application } from '@tsgi/contract'

/** @throws Error always. */
export function staticFiles(): Application {
  throw noFiles('staticFiles() and the option `static` need')
}

/** @throws Error always. */
export function fileResponse(): Application {
  throw noFiles('fileResponse() needs')
}

/** @throws Error always. */
export function fileAs(): Application {
  throw noFiles('file() needs')
}

function noFiles(who: string): Error {
  return new Error(`${who} a file system, which this platform does not have; let the platform serve its assets`)
}
