/**
 * Loads a Python application: starts its processes and waits until they are ready. Knows the operator's errors; guests/
 * knows how Python is run.
 */
import { ConfigError } from '../config/config-error.ts'
import { fromPythonWsgi, type PythonApplication, type PythonOptions, PythonStartError } from '../guests/python-wsgi.ts'
import { countOutsideMemory } from './gc-flags.ts'
import type { LoadedApplication } from './loaded-application.ts'

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
