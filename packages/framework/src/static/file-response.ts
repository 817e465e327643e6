/**
 * One file as an answer, for a view: with conditions and ranges, and by a name of its own if it is a download.
 * The path is the developer's, unless `root` says that it came from outside.
 */
import { realpath } from 'node:fs/promises'
import { parse, relative, resolve } from 'node:path'
import type { Application, Environ, HeaderList } from '@tsgi/contract'
import { refuseUnknown } from '../option-names.ts'
import { attachment } from './content-disposition.ts'
import { contentTypeOf } from './content-type.ts'
import { closeDescriptor, faultOf } from './descriptor.ts'
import { type OpenEntry, openInside } from './open-inside.ts'
import { readCacheControl, readContentTypes, type StaticOptions } from './options.ts'
import { overloaded, plainResponse, reportTo } from './plain-response.ts'
import { isName } from './requested-path.ts'
import { factsOf, type Presentation, sendFile } from './send-file.ts'

/** Options of `fileResponse` and `file`. */
export interface FileOptions extends Pick<StaticOptions, 'charset' | 'types' | 'cacheControl' | 'maxAge'> {
  /** Offers the file for saving: under this name, or under its own with `true`. Default: shown by the browser. */
  readonly download?: string | boolean | undefined
  /**
   * The folder the file has to lie in: then the path may come from a client, and what leads outside, or has a name with a
   * leading dot in it, is 404.
   */
  readonly root?: string | undefined
}

/**
 * One file as a contract application, with conditions and ranges. In a view, `file` is the same with the application's 404.
 * @param path relative to `root`, or to the current directory.
 * @returns a contract application. A file that is not there is a 404.
 * @throws Error one line, if an option cannot be. The application throws if `root` does not exist.
 */
export function fileResponse(path: string, options: FileOptions = {}): Application {
  return fileAs(path, options, [])
}

/** As `fileResponse`, with headers of the caller in place of the file's own. */
export function fileAs(path: string, options: FileOptions, headers: HeaderList): Application {
  const presentation = { ...presentationOf(path, options), headers }
  return async (environ, startResponse) => {
    let file: OpenEntry | undefined
    try {
      file = await openTarget(path, options.root, environ)
    } catch (error) {
      if (faultOf(error) === 'exhausted') return overloaded(environ, startResponse, error)
      throw error
    }
    if (file === undefined) return plainResponse(environ, startResponse, '404 Not Found')
    return sendFile(environ, startResponse, file, () => factsOf(file.stat, presentation))
  }
}

const NAMES: ReadonlySet<string> = new Set<keyof FileOptions>([
  ...(['download', 'root', 'charset', 'types', 'cacheControl', 'maxAge'] as const),
])

function presentationOf(path: string, options: FileOptions): Presentation {
  refuseUnknown('file', options, NAMES)
  const { download = false } = options
  return {
    type: contentTypeOf(path, readContentTypes(options)),
    cacheControl: readCacheControl(options)(path),
    disposition: download === false ? undefined : attachment(download === true ? path : download),
  }
}

async function openTarget(path: string, folder: string | undefined, environ: Environ): Promise<OpenEntry | undefined> {
  const entry = await (folder === undefined ? openAnywhere(path, environ) : openBelow(folder, path, environ))
  if (entry === undefined || entry.kind === 'file') return entry
  await closeDescriptor(entry.fd)
  return undefined
}

/** The developer's own path: any link in it is meant. */
function openAnywhere(path: string, environ: Environ): Promise<OpenEntry | undefined> {
  const whole = resolve(path)
  const { root } = parse(whole)
  return openInside({ path: root }, [relative(root, whole)], reportTo(environ))
}

async function openBelow(folder: string, path: string, environ: Environ): Promise<OpenEntry | undefined> {
  const names = path.split('/')
  return names.every((name) => isName(name) && !name.startsWith('.'))
    ? openInside({ path: await realpath(folder) }, names, reportTo(environ))
    : undefined
}
