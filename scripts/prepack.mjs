/**
 * Runs before a package is packed or published, in the package's folder: refuses every client but pnpm, then compiles.
 * Knows the manifest and the compiler's project file. Plain JavaScript: any Node may run it.
 *
 * Only pnpm puts versions in the place of `workspace:` and `catalog:`, and the exports of `publishConfig` in the place of
 * those that lead to the sources. A package that npm packed could not be installed.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'

const { name } = JSON.parse(readFileSync('package.json', 'utf8'))
const client = process.env.npm_config_user_agent ?? 'this program'

if (!client.startsWith('pnpm/')) {
  const which = client.split(' ')[0]
  process.stderr.write(
    `${name}: ${which} cannot pack it, because only pnpm resolves "workspace:" and "catalog:" versions; `,
  )
  process.stderr.write(`run "npx pnpm@12 pack", or "npx pnpm@12 release" in the root to publish\n`)
  process.exitCode = 1
} else if (!process.argv.includes('--check')) {
  rmSync('dist', { recursive: true, force: true })
  execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
}
