import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** `pnpm conformance`: the suite on all servers, and every planted fault. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../..'),
    include: ['test/conformance/*.conformance.ts', 'test/conformance/planted-faults.test.ts'],
    env: { TSGI_CONFORMANCE: 'all' },
    pool: 'forks',
    maxWorkers: 2,
    // Of the servers that are asked at a time: their rows wait more than they work.
    maxConcurrency: 3,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
})
