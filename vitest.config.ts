import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{src,relay,web,scripts,bench}/**/*.test.{js,ts}'],
    environment: 'node',
    testTimeout: 30_000,
    // Two cores, and tests that wait for one another's timers now and then.
    maxWorkers: 3,
  },
})
