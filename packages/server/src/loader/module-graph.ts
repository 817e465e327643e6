/**
 * For development: notes which files the application is made of while Node loads them. Must begin before the application is
 * loaded. Knows modules, not when their files change.
 */
import { registerHooks } from 'node:module'
import { relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { workingFolder } from './working-folder.ts'

/** What may be a part of the application. */
export const SOURCE = /\.[cm]?[jt]sx?$|\.json$/

/**
 * Notes every module that is loaded from now on, but for installed packages: under the path that it was asked for by, where a
 * link may lead elsewhere one day, and under its own. So are modules that are asked for and not there.
 * @param note gets a path before the file is read.
 */
export function noteModules(note: (file: string) => void): void {
  const found = (file: string) => {
    if (file.includes(`${sep}node_modules${sep}`)) return
    note(file)
    note(asNamed(file))
  }
  registerHooks({
    resolve: (specifier, context, next) => {
      const asked = fileOf(specifier, context.parentURL)
      if (asked !== undefined && SOURCE.test(asked)) found(asked)
      try {
        return next(specifier, context)
      } catch (error) {
        const missing = missingFile(error) ?? asked
        if (missing !== undefined) found(missing)
        throw error
      }
    },
    load: (url, context, next) => {
      if (url.startsWith('file:')) found(fileURLToPath(url))
      return next(url, context)
    },
  })
}

/** A path in the working directory by the name that this was entered by: that name may be a link to a release. */
export function asNamed(file: string): string {
  const inside = relative(process.cwd(), file)
  return inside.startsWith('..') ? file : resolve(workingFolder(), inside)
}

/** What a specifier names, where it names a file. */
function fileOf(specifier: string, parent: string | undefined): string | undefined {
  if (!/^(?:\.{0,2}\/|file:)/.test(specifier)) return undefined
  if (!URL.canParse(specifier, parent)) return undefined
  const url = new URL(specifier, parent)
  return url.protocol === 'file:' ? fileURLToPath(url) : undefined
}

/** Node says for an import where the module would be. */
function missingFile(error: unknown): string | undefined {
  const { url }: { url?: unknown } = Object(error)
  return typeof url === 'string' && url.startsWith('file:') ? fileURLToPath(url) : undefined
}
