/**
 * The programs of a folder, by their file: loads one when it is asked for, and anew when it is asked for again. Knows how
 * applications are loaded; which file is a program, and whether it has changed, is for whoever asks.
 */
import type { Application } from '@tsgi/contract'
import { fromPythonWsgi, type PythonApplication, type PythonOptions } from '../guests/python-wsgi.ts'
import { loadScriptFile } from './load-script.ts'

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
