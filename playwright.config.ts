import { defineConfig } from '@playwright/test'

import { launchOptions } from './playwright/support/browser.ts'

/** What takes all that two cores have, or measures how long a page is busy: nothing runs beside it. */
const ALONE = ['**/code/long-file.spec.ts', '**/show/seeded.spec.ts', '**/peer/crowd.spec.ts', '**/peer/flood.spec.ts']
// Long runs are asked for by name (npm run test:long).
const LONG = process.env.GUTS_LONG === '1' ? [] : ['**/long/**']

export default defineConfig({
  testDir: 'playwright',
  globalSetup: './playwright/support/global-setup.ts',
  // A test is several people's browsers: two tests at once keep two cores busy.
  workers: 2,
  fullyParallel: false,
  projects: [
    { name: 'together', testMatch: '**/*.spec.ts', testIgnore: [...LONG, ...ALONE] },
    { name: 'alone', testMatch: ALONE, workers: 1 },
  ],
  timeout: 120_000,
  expect: { timeout: 15_000 },
  forbidOnly: process.env.CI !== undefined,
  retries: 0,
  reporter:
    process.env.CI === undefined ? [['list']] : [['list'], ['json', { outputFile: 'test-results/browser.json' }]],
  outputDir: 'test-results/artifacts',
  use: { launchOptions: launchOptions(), screenshot: 'only-on-failure', trace: 'off' },
})
