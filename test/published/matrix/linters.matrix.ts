/** The packed packages as two public checkers see them: publint (manifest and files) and attw (types against exports). */
import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { packPackages } from '../../support/packed-packages.ts'
import { ATTW, NODES, PUBLINT, run } from './tools.ts'

describe.each(packPackages())('$name', ({ tarball, manifest }) => {
  it('is all good for publint', async () => {
    const found = await run(NODES[26], PUBLINT, ['run', tarball, '--strict'], tmpdir())
    expect(found).toContain('All good!')
  })

  // ESM only, and no Node before 12 reads "exports": what attw says of CommonJS and of "node10" is so on purpose.
  it.skipIf(manifest.exports === undefined)('has right types at each entry point for attw', async () => {
    await run(NODES[26], ATTW, [tarball, '--profile', 'esm-only', '--no-emoji'], tmpdir())
  })
})
