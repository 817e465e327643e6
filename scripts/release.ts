/**
 * Releases every package under one version: `pnpm release 0.2.0`, with `--dry-run` on a copy that nobody sees. Knows the
 * manifests, CHANGELOG.md, git and pnpm; what a tarball holds is the business of prepack.mjs.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const USAGE = 'usage: pnpm release VERSION [--dry-run] [--registry URL]'
const ROOT = join(import.meta.dirname, '..')
const COPIED = [
  'CHANGELOG.md',
  'LICENSE',
  'package.json',
  'packages',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'scripts',
  'tsconfig.base.json',
]
const PUBLISH = ['--recursive', '--filter', './packages/*', 'publish', '--access', 'public', '--no-git-checks']

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'dry-run': { type: 'boolean', default: false }, registry: { type: 'string' } },
  })
  const [version, ...more] = positionals
  if (version === undefined || more.length > 0) throw new Error(USAGE)
  const registry = values.registry === undefined ? [] : ['--registry', values.registry]
  if (values['dry-run']) rehearse(version, registry)
  else release(version, registry)
} catch (error) {
  process.stderr.write(`release: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}

function release(version: string, registry: readonly string[]): void {
  requireCleanMain()
  prepare(ROOT, version)
  run('pnpm', ['install', '--lockfile-only'], ROOT)
  run('pnpm', ['check'], ROOT)
  run('git', ['commit', '--all', '--message', `Release ${version}`], ROOT)
  run('git', ['tag', '--annotate', `v${version}`, '--message', `Release ${version}`], ROOT)
  run('pnpm', [...PUBLISH, ...registry], ROOT)
  console.log(`released ${version}; now: git push --follow-tags`)
}

/** The same steps on a copy of what is released, without the commit and without the upload. */
function rehearse(version: string, registry: readonly string[]): void {
  const copy = mkdtempSync(join(tmpdir(), 'tsgi-release-'))
  try {
    for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true, verbatimSymlinks: true })
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
    prepare(copy, version)
    run('pnpm', [...PUBLISH, '--dry-run', ...registry], copy)
    console.log(`dry run of ${version}: nothing was changed, nothing was published`)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function requireCleanMain(): void {
  const read = (...words: string[]): string => execFileSync('git', words, { cwd: ROOT, encoding: 'utf8' }).trim()
  if (read('branch', '--show-current') !== 'main') throw new Error('a release starts from the branch main')
  if (read('status', '--porcelain') !== '')
    throw new Error('there are changes that are not committed; commit them first')
}

/** Writes the version into the manifests, and gives the section "Unreleased" of the change log its name. */
function prepare(folder: string, version: string): void {
  const manifests = globSync('packages/*/package.json', { cwd: folder }).map((path) => join(folder, path))
  for (const path of manifests) {
    const text = readFileSync(path, 'utf8')
    requireNewer(version, JSON.parse(text).version)
    writeFileSync(path, text.replace(/^( {2}"version": ")[^"]*/m, `$1${version}`))
  }
  const log = join(folder, 'CHANGELOG.md')
  const text = readFileSync(log, 'utf8')
  const changes = /^## Unreleased\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(text)?.[1]?.trim()
  if (!changes) throw new Error('CHANGELOG.md: the section "Unreleased" is empty; say there what changed')
  const today = new Date().toISOString().slice(0, 10)
  writeFileSync(log, text.replace(/^## Unreleased$/m, `## Unreleased\n\n## ${version} (${today})`))
}

function requireNewer(version: string, current: string): void {
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`"${version}" is no version, such as 0.2.0; ${USAGE}`)
  if (version.localeCompare(current, 'en', { numeric: true }) <= 0) {
    throw new Error(`${version} is not newer than ${current}, the version of the packages`)
  }
}

function run(program: string, words: readonly string[], cwd: string): void {
  const inside = program === 'pnpm' ? ['pnpm@12', ...words] : words
  execFileSync(program === 'pnpm' ? 'npx' : program, inside, {
    cwd,
    stdio: 'inherit',
    env: { ...process.env, npm_config_yes: 'true' },
  })
}
