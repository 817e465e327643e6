/**
 * A file as the answer of a view, with ranges, conditions and `Content-Disposition` (static/file-response.ts). What it
 * adds: a file that is not there is answered as any other 404 of the application, by its `notFound`.
 */
import type { Application } from '@tsgi/contract'
import { HttpError } from '../errors.ts'
import { type FileOptions, fileResponse } from '../static/file-response.ts'

/**
 * @param path relative to `root`, or to the current directory. Without `root` it must not come from a client.
 * @throws Error one line, if an option cannot be.
 */
export function file(path: string, options: FileOptions = {}): Application {
  const application = fileResponse(path, options)
  return (environ, startResponse) =>
    application(environ, (status, headers, error) => {
      // Nothing is open then, and nothing has begun.
      if (status.startsWith('404 ')) throw new HttpError(404)
      return startResponse(status, headers, error)
    })
}
