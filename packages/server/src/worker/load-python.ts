/**
 * A Python application, with its processes running. Knows where its modules may be; how it is run is the guests'.
 */
import { resolve } from 'node:path'
import { ConfigError } from '../config-error.ts'
import {
  findPythonApplication,
  fromPythonWsgi,
  type PythonApplication,
  type PythonOptions,
  PythonStartError,
} from '../guests/python-wsgi.ts'
import { countOutsideMemory } from './collector-flags.ts'
import type { LoadedApplication, LoadOptions } from './loaded-application.ts'

/** Whether the target is a Python module of the working directory or of `pythonPath`, and no script. */
export function isPython(target: string, { pythonPath = [] }: PythonOptions): boolean {
  return ['.', ...pythonPath].some((folder) => findPythonApplication(target, resolve(folder)) !== undefined)
}

/** Folders in which the sources of a Python application are, and may change; none for another one. */
export function pythonSources(
  target: string,
  { interface: chosen = 'auto', python = {} }: LoadOptions,
): readonly string[] {
  const is = chosen === 'wsgi' || (chosen === 'auto' && isPython(target, python))
  return is ? ['.', ...(python.pythonPath ?? [])].map((folder) => resolve(folder)) : []
}

/** @throws ConfigError with the traceback below its line. */
export async function loadPython(target: string, options: PythonOptions): Promise<LoadedApplication> {
  countOutsideMemory()
  const application = fromPythonWsgi(target, options)
  await started(application)
  return {
    application,
    description: `${target} is a Python WSGI application`,
    close: (grace) => application.close(grace / 1000),
  }
}

async function started(application: PythonApplication): Promise<void> {
  try {
    await application.start()
  } catch (error) {
    await application.close(0)
    if (error instanceof PythonStartError) throw new ConfigError(error.message, error.detail, error)
    throw error
  }
}
