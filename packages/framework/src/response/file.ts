/**
 * A file as the answer of a view, with ranges, conditions and `Content-Disposition` (static/file-response.ts). What it
 * adds: a file that is not there is answered as any other 404 of the application, by its `notFound`.
 */
import type { Application, HeaderList } from '@tsgi/contract'
import { fileAs } from '#files'
import { HttpError } from '../http/http-error.ts'
import type { FileOptions } from '../static/file-response.ts'

/** Options of `file`. */
export interface FileViewOptions extends FileOptions {
  /**
   * Sent with the file, each in place of the file's own header of the same name: a `Cache-Control`, an `ETag`, which
   * conditions are then about, a `Content-Security-Policy` for an upload.
   */
  readonly headers?: HeaderList | undefined
}

/**
 * A file as the response of a view, with ranges, conditions and `Content-Disposition`. A file that is missing is a 404.
 * @param path relative to `root`, or to the current directory. Without `root` it must not come from a client.
 * @throws Error one line, for a bad option.
 * @example get('/report', () => file('report.pdf', { download: 'March.pdf' }))
 */
export function file(path: string, { headers = [], ...options }: FileViewOptions = {}): Application {
  const application = fileAs(path, options, headers)
  return (environ, startResponse) =>
    application(environ, (status, sent, error) => {
      // Nothing is open then, and nothing has begun.
      if (status.startsWith('404 ')) throw new HttpError(404)
      return startResponse(status, sent, error)
    })
}
