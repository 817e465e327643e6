import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** `pnpm long`: proofs that need minutes (reloads and upgrades under 50,000 requests, exact limits over many workers). */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../..'),
    include: ['test/long/*.long.ts'],
    pool: 'forks',
    // One at a time: each drives a server with all cores.
    maxWorkers: 1,
    fileParallelism: false,
    passWithNoTests: true,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
})
