/**
 * Which names are programs, and which are never sent where programs are run: sources of any kind, the copies that editors
 * and people leave beside them, compiled ones, what is installed for them, and what describes a project. Knows names only.
 */

/** Run when they are asked for. @param name a name or a path. */
export function isProgram(name: string): boolean {
  return /\.(?:[cm]?[jt]s|py)$/.test(name) && !isConfiguration(name.slice(name.lastIndexOf('/') + 1))
}

/**
 * True for a name with the extension of a source anywhere in it: `page.ts`, `page.ts~`, `page.tsold`, `page.py.bak`,
 * `page.js.map`, `page.d.ts`; `PAGE.TS` too, since to some file systems that is the same file.
 */
export function isSource(name: string): boolean {
  return SOURCE.test(name) || PROJECT.test(name)
}

/**
 * An extension of JavaScript, TypeScript or Python followed by at most five letters or digits of a copy (`.json` and
 * `.tsv` are data), or of what is compiled to JavaScript. A page may load `.wasm`, so that is sent.
 */
const SOURCE =
  /\.(?:(?:[cm]?[jt]sx?(?!on|v)|py[cdiowxz]?)[\p{L}\p{N}]{0,5}(?![\p{L}\p{N}])|(?:es\d+|coffee|vue|svelte|astro|node)(?:~|\.(?:bak|old|orig|map))?$)/iu

/** Files that describe a project and its configuration, by their usual names. */
const PROJECT =
  /^(?:tsgi\.config\..*|package(?:-lock)?\.json|npm-shrinkwrap\.json|pnpm-(?:lock|workspace)\.yaml|yarn\.lock|bun\.lockb?|deno\.(?:jsonc?|lock)|[jt]sconfig(?:\..*)?\.json|pyproject\.toml|poetry\.lock|requirements.*\.txt|Pipfile(?:\.lock)?|Dockerfile.*|(?:docker-)?compose\.ya?ml|.*\.(?:db|sqlite3?)(?:-(?:wal|shm|journal))?)$/iu

/** Loaded by the server itself: its configuration is no program of the folder. */
function isConfiguration(name: string): boolean {
  return /^tsgi\.config\./i.test(name)
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
