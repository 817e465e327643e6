/**
 * Where Node may keep what it compiled of our modules and of the application's: a folder that no other user can write to, for
 * what lies there is run. Plain JavaScript, because it comes before all that would be kept. Knows no command.
 */
import { existsSync, lstatSync, mkdirSync, realpathSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

/** Others than the owner may write. */
const WRITABLE = 0o022
const STICKY = 0o1000

/** Keeps compiled modules from now on, where that is safe. NODE_COMPILE_CACHE and NODE_DISABLE_COMPILE_CACHE come first. */
export function keepCompiled() {
  if (process.env.NODE_COMPILE_CACHE || process.env.NODE_DISABLE_COMPILE_CACHE) return
  const folder = compileCacheFolder(process.env, process.geteuid?.())
  // Deno's node:module has no such function; a named import of it would not load.
  if (folder !== undefined) nodeModule.enableCompileCache?.(folder)
}

/**
 * `$XDG_CACHE_HOME/tsgi`, or `~/.cache/tsgi`, made where it is missing, and so is the folder it is in.
 * @param {NodeJS.ProcessEnv} env
 * @param {number | undefined} user the user id of this process; `undefined` on a system that has no such numbers.
 * @returns {string | undefined} `undefined` where there is no such folder, or where another user than `user` and root could change it.
 */
export function compileCacheFolder(env, user) {
  if (user === undefined) return undefined
  try {
    const caches = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache')
    if (!isAbsolute(caches)) return undefined
    const folder = join(caches, 'tsgi')
    makeOwn(caches)
    makeOwn(folder)
    const { uid, mode } = lstatSync(folder)
    return uid === user && (mode & 0o077) === 0 && isOutOfReach(realpathSync(folder), user) ? folder : undefined
  } catch {
    return undefined // a home that is read-only, or not there: a start is slower, and that is all
  }
}

/**
 * One level and no more: Node's recursive `mkdir` does not return where nothing can be made, as in /proc.
 * @param {string} folder
 */
function makeOwn(folder) {
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 })
}

/**
 * Whether no other user can put another folder in the place of this one. In a sticky folder only the owner of an entry
 * can, and that is `user` or root all the way up.
 * @param {string} path without symbolic links.
 * @param {number} user
 */
function isOutOfReach(path, user) {
  const { uid, mode } = lstatSync(path)
  if (uid !== user && uid !== 0) return false
  if ((mode & WRITABLE) !== 0 && (mode & STICKY) === 0) return false
  return path === dirname(path) || isOutOfReach(dirname(path), user)
}
