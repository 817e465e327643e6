import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** `pnpm published`: what is too long for `pnpm test`, because it installs from the network again and again. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../../..'),
    include: ['test/**/*.matrix.ts'],
    globalSetup: [join(import.meta.dirname, 'tools.ts')],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
})
