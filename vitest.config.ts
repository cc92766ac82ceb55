import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{src,relay,web,scripts,bench}/**/*.test.{js,ts}'],
    environment: 'node',
    testTimeout: 30_000,
    // Two cores: more workers only take turns.
    maxWorkers: 2,
  },
})
