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
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
})
