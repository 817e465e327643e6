/**
 * `pnpm docs`: builds the pages of docs/ into static files in docs/.site. Installs the site builder when it is missing,
 * makes the API reference from the sources, then runs VitePress. Knows no page.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { renamePages } from './api-reference.ts'

const HERE = import.meta.dirname
const BIN = join(HERE, 'node_modules/.bin')

if (!existsSync(join(BIN, 'vitepress'))) run('pnpm', ['install', '--frozen-lockfile', '--ignore-workspace-root-check'])
rmSync(join(HERE, '../api'), { recursive: true, force: true })
run(join(BIN, 'typedoc'), ['--options', 'typedoc.json'])
renamePages(join(HERE, '../api'))
run(join(BIN, 'vitepress'), ['build', '.'])

/** Ends this program when a step fails. */
function run(program: string, words: readonly string[]): void {
  const { status, error } = spawnSync(program, words, { cwd: HERE, stdio: 'inherit' })
  if (status === 0) return
  console.error(error === undefined ? `docs: ${program} ended with code ${status}` : `docs: ${error.message}`)
  process.exit(1)
}
