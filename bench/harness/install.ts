/** Installs the contenders that nothing else in this repository needs, from their own lockfile. Offline when they are there. */
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { say } from './say.ts'

const FOLDER = fileURLToPath(new URL('..', import.meta.url))

/** What cannot be installed is missed when its turn comes, loudly; the rest is still measured. */
export function installContenders(): void {
  const [lock, done] = [`${FOLDER}pnpm-lock.yaml`, `${FOLDER}node_modules/.modules.yaml`]
  if (existsSync(done) && statSync(done).mtimeMs >= statSync(lock).mtimeMs) return
  say('installing the contenders (about 200 MB, once)')
  const [command, ...args] = pnpm()
  const { status } = spawnSync(command, [...args, 'install', '--frozen-lockfile'], {
    cwd: FOLDER,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, npm_config_yes: 'true' },
  })
  if (status !== 0) say('NOT INSTALLED: some contenders will be left out')
}

/** The pnpm that runs us, a program or a script of Node; or any that `npx` finds. */
function pnpm(): [string, ...string[]] {
  const running = process.env.npm_execpath ?? ''
  if (!/pnpm[^/]*$/.test(running)) return ['npx', 'pnpm@12']
  return /\.[cm]?js$/.test(running) ? [process.execPath, running] : [running]
}
