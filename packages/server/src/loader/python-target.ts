/**
 * Whether an operator names a Python application, and where its sources are. Knows where its modules may be, and loads
 * nothing of what runs them: most applications are not written in Python.
 */
import { resolve } from 'node:path'
import { findPythonApplication } from '../guests/python/find-application.ts'
import type { PythonOptions } from '../guests/python/options.ts'
import type { LoadOptions } from './loaded-application.ts'

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
