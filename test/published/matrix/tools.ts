/**
 * What the matrix is made of: Nodes, compilers, package managers and checkers, installed from `../tools/pnpm-lock.yaml`.
 * Knows where each lies and how to start it; asserts nothing.
 */
import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { pnpm } from '../../support/pnpm.ts'

const FOLDER = join(import.meta.dirname, '../tools')
const MODULES = join(FOLDER, 'node_modules')

/** Runs before all files of the matrix (`globalSetup`): installs the tools, or finds them installed. */
export function setup(): void {
  const [lock, done] = [join(FOLDER, 'pnpm-lock.yaml'), join(MODULES, '.modules.yaml')]
  if (existsSync(done) && statSync(done).mtimeMs >= statSync(lock).mtimeMs) return
  process.stderr.write('installing the tools of the matrix (about 700 MB, once)\n')
  pnpm(['install', '--frozen-lockfile'], FOLDER)
}

/** Releases of Node that the packages promise to run on. */
export const NODES = {
  '22.18': join(MODULES, 'node22/bin/node'),
  '24': join(MODULES, 'node24/bin/node'),
  '26': join(MODULES, 'node26/bin/node'),
}
export const COMPILERS = {
  '5.9': join(MODULES, 'typescript5/bin/tsc'),
  '6': join(MODULES, 'typescript6/bin/tsc'),
  '7': join(MODULES, 'typescript7/bin/tsc'),
}
export const MANAGERS = {
  npm: join(MODULES, 'npm/bin/npm-cli.js'),
  pnpm: join(MODULES, 'pnpm/bin/pnpm.mjs'),
  yarn: join(MODULES, '@yarnpkg/cli-dist/bin/yarn.js'),
}
export const PUBLINT = join(MODULES, 'publint/src/cli.js')
export const ATTW = join(MODULES, '@arethetypeswrong/cli/dist/index.js')

/** Runs a program of the tools under one Node, which its children find first; throws with its output when it fails. */
export async function run(
  node: string,
  program: string,
  words: readonly string[],
  cwd: string,
  env = {},
): Promise<string> {
  const options = { cwd, maxBuffer: 64 * 1024 * 1024, env: environmentFor(node, env) }
  const done = promisify(execFile)(node, [program, ...words], options)
  done.child.stdin?.end()
  const { stdout, stderr } = await done.catch((error) => {
    throw new Error(`${program} ${words.join(' ')} in ${cwd} failed:\n${error.stdout}${error.stderr}`)
  })
  return stdout + stderr
}

/** The variables of this process without those that npm, pnpm and vitest added for themselves. */
export function environmentFor(node: string, more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_(lifecycle|package|command|execpath|node_execpath|config_user_agent)|pnpm_|PNPM_|VITEST|NODE_OPTIONS$|NODE_ENV$|INIT_CWD$)/.test(
        name,
      ),
  )
  return { ...Object.fromEntries(own), PATH: `${dirname(node)}:${process.env.PATH}`, npm_config_yes: 'true', ...more }
}
