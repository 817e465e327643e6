/**
 * Which program of a folder a request means: the first name on its path that is one; what follows is for the program.
 * The path is taken as the static files take it, and opened as they open it, so that both mean the same file.
 */
import type { Application, Environ } from '@tsgi/contract'
import { decodePath } from '../http/canonical-path.ts'
import { rawPath } from '../http/raw-path.ts'
import { closeDescriptor } from '../static/descriptor.ts'
import { openInside } from '../static/open-inside.ts'
import { realPathOf } from '../static/real-path.ts'
import { decodeName, isName } from '../static/requested-path.ts'
import { isLibrary, isProgram, isSource } from './source-names.ts'

export interface FoundProgram {
  /** Absolute, without symbolic links. */
  readonly file: string
  /** Another one when the file has changed. */
  readonly version: string
  /** To be added to SCRIPT_NAME: decoded, from the slash on. */
  readonly script: string
  /** The new PATH_INFO: decoded, `''` or from the slash on. */
  readonly rest: string
}

/**
 * @param root a real path. @param report one line for the operator.
 * @returns `hidden` for what must not be sent; `undefined` for what may be a page, or nothing.
 * @throws the file system's error when it is about this process and not about the file.
 */
export async function findProgram(
  root: string,
  environ: Environ,
  report: (line: string) => void,
): Promise<FoundProgram | 'hidden' | undefined> {
  const parts = rawPath(environ)?.slice(1).split('/') ?? []
  const names: string[] = []
  for (const [at, part] of parts.entries()) {
    const name = decodeName(part)
    if (name === '.') continue
    // The static files refuse such a name too, wherever it stands: there is no page at this path.
    if (name === undefined || !isName(name) || name.startsWith('.')) return undefined
    names.push(name)
    if (isLibrary(name)) return 'hidden'
    if (!isSource(name)) continue
    const opened = await openProgram(root, names, report)
    if (opened === 'folder') continue
    if (opened === undefined || !isProgram(name)) return 'hidden'
    // Without `.` segments, which name nothing: one program has one name.
    return { ...opened, script: pathOf(names), rest: pathOf(parts.slice(at + 1).map(decodePath)) }
  }
  return undefined
}

type OpenedProgram = Pick<FoundProgram, 'file' | 'version'>

async function openProgram(
  root: string,
  names: readonly string[],
  report: (line: string) => void,
): Promise<OpenedProgram | 'folder' | undefined> {
  const entry = await openInside({ path: root }, names, report)
  if (entry === undefined) return undefined
  const { fd, kind, stat } = entry
  try {
    if (kind === 'folder') return 'folder'
    const file = await realPathOf(fd, [root, ...names].join('/'), stat)
    // A link with the name of a program that leads to something else: that was not written to be run.
    return file === undefined || !isProgram(file)
      ? undefined
      : { file, version: [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join() }
  } finally {
    await closeDescriptor(fd)
  }
}

function pathOf(names: readonly (string | undefined)[]): string {
  return names.map((name) => `/${name}`).join('')
}

/* The programs of a folder that have been loaded, each until its file changes. Knows versions; loads nothing itself. */

/** Loads the application of a file. @param file absolute, without symbolic links. */
export type LoadProgram = (file: string) => Promise<Application>

export class KeptPrograms {
  readonly #load: LoadProgram
  readonly #kept = new Map<string, { readonly version: string; readonly application: Promise<Application> }>()

  constructor(load: LoadProgram) {
    this.#load = load
  }

  /** Rejects as the loading did, until the file changes: what does not load is not tried over and over. */
  applicationOf({ file, version }: FoundProgram): Promise<Application> {
    const kept = this.#kept.get(file)
    if (kept?.version === version) return kept.application
    const application = this.#load(file)
    this.#kept.set(file, { version, application })
    return application
  }
}
