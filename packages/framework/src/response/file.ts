/**
 * A file as the answer of a view, with ranges, conditions and `Content-Disposition` (static/file-response.ts). What it
 * adds: a file that is not there is answered as any other 404 of the application, by its `notFound`.
 */
import type { Application, HeaderList } from '@tsgi/contract'
import { HttpError } from '../http/http-error.ts'
import { type FileOptions, fileResponse } from '../static/file-response.ts'
import { headersWith, isType } from './response.ts'

/** Options of `file`. */
export interface FileViewOptions extends FileOptions {
  /** Sent besides those of the file, such as a `Content-Security-Policy` for what a stranger has uploaded; a Content-Type in place of its own. */
  readonly headers?: HeaderList | undefined
}

/**
 * A file as the response of a view, with ranges, conditions and `Content-Disposition`. A file that is missing is a 404.
 * @param path relative to `root`, or to the current directory. Without `root` it must not come from a client.
 * @throws Error one line, if an option cannot be.
 */
export function file(path: string, { headers: more = [], ...options }: FileViewOptions = {}): Application {
  const application = fileResponse(path, options)
  // A type is that of the file, or of a part of it.
  const untyped = more.filter((pair) => !isType(pair))
  const fitting = (status: string): HeaderList => (/^20[06] /.test(status) ? more : untyped)
  return (environ, startResponse) =>
    application(environ, (status, headers, error) => {
      // Nothing is open then, and nothing has begun.
      if (status.startsWith('404 ')) throw new HttpError(404)
      return startResponse(status, more.length === 0 ? headers : headersWith(headers, fitting(status)), error)
    })
}
