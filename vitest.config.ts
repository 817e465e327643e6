import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Each file in its own process. More than there are cores on a small machine: tests of processes mostly wait.
    pool: 'forks',
    maxWorkers: 4,
    // Hundreds of processes start the same command: what one has compiled the others need not.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
    // Far more than any test takes: a busy machine is slow, and a test that hangs is still found. No second try: a test that
    // fails now and then waits for a time instead of an event, or shows a fault.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
