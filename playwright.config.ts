import { defineConfig } from '@playwright/test'

import { launchOptions } from './playwright/support/browser.ts'

export default defineConfig({
  testDir: 'playwright',
  testMatch: '**/*.spec.ts',
  // Long runs are asked for by name (npm run test:long).
  testIgnore: process.env.GUTS_LONG === '1' ? [] : ['**/long/**'],
  globalSetup: './playwright/support/global-setup.ts',
  // Every test has a relay and several browsers of its own, and the machine may have two cores.
  workers: 1,
  fullyParallel: false,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  forbidOnly: process.env.CI !== undefined,
  retries: 0,
  reporter:
    process.env.CI === undefined ? [['list']] : [['list'], ['json', { outputFile: 'test-results/browser.json' }]],
  outputDir: 'test-results/artifacts',
  use: { launchOptions: launchOptions(), screenshot: 'only-on-failure', trace: 'off' },
})
