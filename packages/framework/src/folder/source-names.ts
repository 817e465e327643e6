/**
 * Which names are programs, and which are never sent where programs are run: sources of any kind, copies that editors and
 * people leave beside them, compiled ones, and what is installed for them. Knows names only.
 */

/** Run when they are asked for. */
export function isProgram(name: string): boolean {
  return /\.(?:[cm]?[jt]s|py)$/.test(name)
}

/**
 * True for a name with the extension of a source anywhere in it: `page.ts`, `page.ts~`, `page.py.bak`, `page.js.map`,
 * `page.d.ts`; `PAGE.TS` too, since there are file systems to which that is the same file.
 */
export function isSource(name: string): boolean {
  return /\.(?:[cm]?[jt]sx?|py[cdiowxz]?)(?![\p{L}\p{N}])/iu.test(name)
}

/** Folders that only programs look into. */
export function isLibrary(name: string): boolean {
  return /^(?:node_modules|__pycache__)$/iu.test(name)
}

/** @param path of a file, below the root, without links: a source, or in a folder that only programs look into. */
export function isHiddenFile(path: string): boolean {
  const names = path.split('/')
  return names.some(isLibrary) || isSource(names.at(-1) ?? '')
}
