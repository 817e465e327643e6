/** A project of a user, outside of the checkout: files, and one of three package managers that fills it from a registry. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { MANAGERS, run } from './tools.ts'

export type Manager = keyof typeof MANAGERS

/** An empty folder outside of any workspace, removed after the test. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-fresh-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

/** What makes a client ask `registry` for our packages, and its usual registry for all others. */
export function registryFiles(registry: string): Record<string, string> {
  return {
    '.npmrc': `@tsgi:registry=${registry}\n`,
    '.yarnrc.yml': [
      'nodeLinker: node-modules',
      'enableTelemetry: false',
      'unsafeHttpWhitelist: ["127.0.0.1"]',
      `npmScopes: { tsgi: { npmRegistryServer: "${registry}" } }`,
      // Kept by name and version only: another folder may hold what was packed of other sources.
      `globalFolder: ${freshFolder()}`,
      'enableImmutableInstalls: false',
      '',
    ].join('\n'),
  }
}

/** Installs what `package.json` of the folder asks for. */
export async function install(manager: Manager, node: string, folder: string): Promise<void> {
  // Without a lockfile of its own, yarn looks for a project above this folder.
  if (manager === 'yarn') writeFiles(folder, { 'yarn.lock': '' })
  const words = { npm: ['install', '--no-audit', '--no-fund'], pnpm: ['install'], yarn: ['install'] }[manager]
  await run(node, MANAGERS[manager], words, folder)
}
