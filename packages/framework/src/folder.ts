/**
 * A folder as a contract application, as `tsgi serve ./html` serves one: its files as pages, and, where it is given
 * a way to load them, the programs in it run, as CGI had it. Knows paths and files; what an application is loaded with
 * is not the framework's. The spine: what is a program, and which one is meant, is in folder/.
 */
import type { Application, Environ } from '@tsgi/contract'
import { findProgram, KeptPrograms, type LoadProgram } from './folder/program-path.ts'
import { isHiddenFile, isSource } from './folder/source-names.ts'
import { faultOf } from './static/descriptor.ts'
import { overloaded, plainResponse, reportTo } from './static/plain-response.ts'
import type { RootFolder } from './static/root-folder.ts'
import { openRoots } from './static/root-folder.ts'
import { type StaticOptions, staticFiles } from './static-files.ts'

/** Options of `folder`: those of `staticFiles`, and how programs are loaded. */
export interface FolderOptions extends StaticOptions {
  /**
   * Loads the application of a file; called again for the same file when that has changed. With it `/page.ts`, `.js` and
   * `.py` are run, and sources are never sent. Without it they are files like any others.
   */
  readonly load?: LoadProgram | undefined
}

export type { LoadProgram } from './folder/program-path.ts'

/**
 * A folder as a contract application: its files as pages, and with `load` the programs in it.
 * @param root relative to the current directory.
 * @throws Error one line, if the folder does not exist or an option cannot be.
 * @example folder('./html', { listing: true })
 */
export function folder(root: string, options: FolderOptions = {}): Application {
  const { load, ...given } = options
  const pageOptions = { ...given, types: { ...SOURCE_TYPES, ...given.types } }
  if (load === undefined) return staticFiles(root, pageOptions)
  refuseSources(pageOptions)
  const { hidden } = pageOptions
  // By where the file really is: a link with a harmless name does not show a source.
  const pages = staticFiles(root, { ...pageOptions, hidden: (path) => isHiddenFile(path) || hidden?.(path) === true })
  const [opened] = openRoots(root)
  return opened === undefined ? pages : withPrograms(opened, pages, new KeptPrograms(load))
}

/** To look at in a browser. The table of media types has a video format under `ts`. */
const SOURCE_TYPES = { ts: 'text/plain', mts: 'text/plain', cts: 'text/plain', tsx: 'text/plain', jsx: 'text/plain' }

/** A file that stands for others is sent, and a source is not. */
function refuseSources({ index = [], fallback }: StaticOptions): void {
  const source = [...index, ...(fallback?.split('/') ?? [])].find(isSource)
  if (source !== undefined)
    throw new Error(`folder: ${JSON.stringify(source)} is a program; only pages can stand for others`)
}

function withPrograms({ path: root }: RootFolder, pages: Application, programs: KeptPrograms): Application {
  return async (environ, startResponse) => {
    const program = await look(root, environ)
    if (program === undefined) return pages(environ, startResponse)
    if (program === 'hidden') return plainResponse(environ, startResponse, '404 Not Found')
    if ('fault' in program) return overloaded(environ, startResponse, program.fault)
    const application = await programs.applicationOf(program)
    // RFC 3875 §4.1.5, §4.1.13: the program, and what is left of the path.
    environ.SCRIPT_NAME += program.script
    environ.PATH_INFO = program.rest
    return application(environ, startResponse)
  }
}

/** `fault` is why no file can be opened at the moment. */
async function look(root: string, environ: Environ): Promise<Found | { readonly fault: unknown }> {
  try {
    return await findProgram(root, environ, reportTo(environ))
  } catch (fault) {
    if (faultOf(fault) === 'exhausted') return { fault }
    throw fault
  }
}

type Found = Awaited<ReturnType<typeof findProgram>>
