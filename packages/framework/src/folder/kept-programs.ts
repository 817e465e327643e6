/** The programs of a folder that have been loaded, each until its file changes. Knows versions; loads nothing itself. */
import type { Application } from '@tsgi/contract'
import type { FoundProgram } from './program-path.ts'

/** @param file absolute, without symbolic links. */
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
