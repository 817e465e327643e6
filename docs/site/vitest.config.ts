/** `pnpm docs:check`: the tests of the built site. They need docs/.site, which `pnpm docs` makes. */
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: { include: ['test/site/*.crawl.ts'], pool: 'forks', testTimeout: 300_000, hookTimeout: 120_000 },
})
