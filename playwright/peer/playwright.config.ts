import { defineConfig } from '@playwright/test'
import { launchOptions } from '../support/browser.ts'

/** Runs the peers' own tests alone: `npx playwright test -c playwright/peer`. They need nothing built before. */
export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  workers: 1,
  fullyParallel: false,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  outputDir: '../../test-results/peer',
  use: { launchOptions: launchOptions(), trace: 'off' },
})
