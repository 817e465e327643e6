/**
 * A folder as an application: pages, and with `dynamic` the programs in it. How a folder is served is the framework's,
 * which is loaded as any operator's module is: by its name, found by Node (docs/decisions/0040-folders.md). What runs a
 * program is here, since it may be any of the applications that this server takes.
 */
import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Application } from '@tsgi/contract'
import { ConfigError } from '../config/config-error.ts'
import { fromPythonWsgi, type PythonApplication, type PythonOptions } from '../guests/python-wsgi.ts'
import { causeOf, stackOf } from './load-cause.ts'
import { loadScriptFile } from './load-script.ts'
import type { LoadedApplication, LoadOptions } from './loaded-application.ts'

/** Exports `folder`. */
const FOLDER_MODULE = '@tsgi/framework/folder'

/** What that module exports, as far as it is used here. */
interface FolderModule {
  folder(root: string, options: FolderOptions): Application
}

interface FolderOptions {
  readonly charset?: string | undefined
  readonly listing?: boolean | undefined
  /** Loads a program, and loads it again when it is called again for the same file. */
  readonly load?: ((file: string) => Promise<Application>) | undefined
}

/** @throws ConfigError */
export async function loadFolder(target: string, options: LoadOptions): Promise<LoadedApplication> {
  const { charset, dynamic = false, listing = false, python = {} } = options
  refuseUnreadable(target)
  const programs = new Programs(python)
  const { folder } = await importFolderModule(resolve(target))
  const load = dynamic ? (file: string) => programs.load(file) : undefined
  return {
    application: built(
      () => folder(resolve(target), { ...(charset !== undefined && { charset }), listing, load }),
      target,
    ),
    description: `${target} is a folder of ${dynamic ? 'pages and programs' : 'pages'}`,
    close: (grace) => programs.close(grace),
  }
}

function refuseUnreadable(target: string): void {
  try {
    accessSync(target, constants.R_OK | constants.X_OK)
  } catch (error) {
    throw new ConfigError(`cannot serve ${target}: permission denied`, undefined, error)
  }
}

function built(build: () => Application, target: string): Application {
  try {
    return build()
  } catch (error) {
    throw new ConfigError(`cannot serve ${target}: ${causeOf(error)}`, stackOf(error), error)
  }
}

async function importFolderModule(root: string): Promise<FolderModule> {
  const file = locate(root)
  if (file === undefined) throw new ConfigError(`cannot serve a folder: install @tsgi/framework, which serves folders`)
  const module: unknown = await import(pathToFileURL(file).href)
  if (isFolderModule(module)) return module
  throw new ConfigError(`cannot serve a folder: ${FOLDER_MODULE} exports no folder(); install a newer @tsgi/framework`)
}

/** Never in the folder itself: what is in it is content, and may be anybody's. */
function locate(root: string): string | undefined {
  const places = [join(process.cwd(), 'noop.js'), join(dirname(root), 'noop.js'), import.meta.filename]
  for (const place of places) {
    try {
      return createRequire(place).resolve(FOLDER_MODULE)
    } catch {
      // The next place may have it.
    }
  }
  return undefined
}

function isFolderModule(module: unknown): module is FolderModule {
  return typeof module === 'object' && module !== null && 'folder' in module && typeof module.folder === 'function'
}

/*
 * The programs of a folder, by their file: loads one when it is asked for, and again when it is asked for again. Knows how
 * applications are loaded; which file is a program, and whether it has changed, is the framework's to know.
 */

export class Programs {
  readonly #python: PythonOptions
  readonly #running = new Map<string, PythonApplication>()
  readonly #versions = new Map<string, number>()
  /** Predecessors that still answer. */
  readonly #leaving = new Set<Promise<void>>()

  constructor(python: PythonOptions) {
    this.#python = python
  }

  /** @param file a real path. @throws ConfigError */
  async load(file: string): Promise<Application> {
    if (file.endsWith('.py')) return this.#loadPython(file)
    const version = (this.#versions.get(file) ?? 0) + 1
    this.#versions.set(file, version)
    return await loadScriptFile(file, version)
  }

  /** Its processes start with the first request, which is now. */
  #loadPython(file: string): Application {
    const application = fromPythonWsgi(file, this.#python)
    const predecessor = this.#running.get(file)
    this.#running.set(file, application)
    if (predecessor !== undefined) {
      const leaving = predecessor.close().finally(() => this.#leaving.delete(leaving))
      this.#leaving.add(leaving)
    }
    return application
  }

  async close(grace: number): Promise<void> {
    const running = [...this.#running.values()].map((application) => application.close(grace / 1000))
    await Promise.all([...running, ...this.#leaving])
  }
}
