// What a test run's report counts as passed and as failed.
import { existsSync, readFileSync } from 'node:fs'

/** Of Vitest's JSON report. A file that broke before its first test is one failure. */
export function countUnit({ numPassedTests, numFailedTests, testResults }) {
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  return { passed: numPassedTests, failed: numFailedTests + broken.length }
}

/** Of Playwright's. A test that passed only when it was run again failed: what it saw the first time can happen to anybody. */
export function countBrowser({ stats }) {
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky }
}

/** Reads a reporter's file; a run that ended badly without a failed test (nothing found, a crash) counts as one. */
export function tally(file, code, count) {
  const counts = existsSync(file) ? count(JSON.parse(readFileSync(file, 'utf8'))) : { passed: 0, failed: 0 }
  return { passed: counts.passed, failed: code !== 0 && counts.failed === 0 ? 1 : counts.failed }
}
