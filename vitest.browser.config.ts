import { defineConfig } from 'vitest/config'

/** Tests that need Chromium: `.ci/check-report` runs them, `npm test` does not. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
