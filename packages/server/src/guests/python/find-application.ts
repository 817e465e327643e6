/**
 * Tells whether `module:callable` names a Python application, by what lies in the file system. Loads nothing and starts
 * nothing; the loader asks it before it imports a module itself.
 */
import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'

export interface PythonModule {
  /** What `fromPythonWsgi` takes. */
  readonly spec: string
  /** The file that the module is: a `.py`, or the `__init__.py` of a package, or the folder of a package without one. */
  readonly file: string
}

const SCRIPTS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']

/**
 * @param spec `module`, `module:name`, `module:factory(…)` or `folder/app.py:name`.
 * @param cwd where modules are looked for.
 * @returns `undefined` when there is no such Python module, or when there is a script of the same name: then it is not
 *   clear what is meant, and only an explicit choice decides.
 */
export function findPythonApplication(spec: string, cwd: string): PythonModule | undefined {
  const module = /^[^:(]+/.exec(spec)?.[0] ?? ''
  if (module.endsWith('.py')) {
    const file = resolve(cwd, module)
    return isFile(file) ? { spec, file } : undefined
  }
  if (!/^[\p{ID_Start}_][\p{ID_Continue}]*(\.[\p{ID_Start}_][\p{ID_Continue}]*)*$/u.test(module)) return undefined
  const path = join(cwd, ...module.split('.'))
  if (isScript(join(cwd, module)) || isScript(path)) return undefined
  const file = [`${path}.py`, join(path, '__init__.py')].find(isFile)
  return file === undefined ? undefined : { spec, file }
}

function isScript(path: string): boolean {
  return SCRIPTS.some((extension) => isFile(path + extension) || path.endsWith(extension))
}

/** What may not be looked at is not there. */
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
  } catch {
    return false
  }
}
