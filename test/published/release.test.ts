/** The release script, as far as it can be tried without a release: a dry run against a registry of this test. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../support/command.ts'
import { LoopbackRegistry } from '../support/loopback-registry.ts'

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function release(...words: string[]): Promise<Outcome> {
  const { npm_config_user_agent: _, ...env } = process.env
  const done = promisify(execFile)(process.execPath, ['scripts/release.ts', ...words], { cwd: ROOT, env })
  return done.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  )
}

it('rehearses a release: every package under the new version, and the checkout as it was', async () => {
  await using registry = await LoopbackRegistry.start([])
  const before = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8')
  const { code, stdout, stderr } = await release('9.9.9', '--dry-run', '--registry', registry.url)
  expect(stderr).not.toContain('release:')
  expect(code, stdout + stderr).toBe(0)
  for (const name of [
    '@tsgi/conformance',
    '@tsgi/contract',
    '@tsgi/framework',
    '@tsgi/gateways',
    '@tsgi/server',
    'create-tsgi',
  ]) {
    expect(stdout + stderr).toContain(`${name}@9.9.9`)
  }
  expect(stdout).toContain('nothing was published')
  expect(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8')).toBe(before)
})

describe('refuses in one line', () => {
  it.each([
    ['no version', [], 'usage: pnpm release VERSION'],
    ['two versions', ['1.0.0', '2.0.0'], 'usage: pnpm release VERSION'],
    ['what is no version', ['patch', '--dry-run'], '"patch" is no version, such as 0.2.0'],
    ['an older version', ['0.0.9', '--dry-run'], '0.0.9 is not newer than'],
    ['the same version', ['0.1.0', '--dry-run'], '0.1.0 is not newer than'],
    ['an option that it does not have', ['1.0.0', '--dry'], "Unknown option '--dry'"],
  ])('%s', async (_name, words, message) => {
    const { code, stderr } = await release(...words)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^release: [^\n]+\n$/)
    expect(stderr).toContain(message)
  })
})
