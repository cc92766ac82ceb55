import { defineConfig } from '@playwright/test'
import { launchOptions } from '../support/browser.ts'

/** Runs the store's own tests alone: `npx playwright test -c playwright/store`. They need nothing built before. */
export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  workers: 1,
  fullyParallel: false,
  timeout: 120_000,
  reporter: [['list']],
  outputDir: '../../test-results/store',
  use: { launchOptions: launchOptions(), trace: 'off' },
})
