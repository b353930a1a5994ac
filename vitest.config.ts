import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They need a browser and have a configuration of their own.
    exclude: ['test/browser/**'],
    // Processes, not worker threads: a defect in native code then fails one file, not the whole run, and
    // tests that start workers of their own see the main thread of a process, as users do.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
