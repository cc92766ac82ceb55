import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { countBrowser, countUnit, tally } from './tally.js'

let folder

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guts-tally-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function report(content) {
  const file = join(folder, 'report.json')
  writeFileSync(file, JSON.stringify(content))
  return file
}

test('a browser test that passed only when it was run again has failed', () => {
  // Playwright ends with 0 then.
  const file = report({ stats: { expected: 5, unexpected: 1, flaky: 2, skipped: 3 } })
  expect(tally(file, 0, countBrowser)).toEqual({ passed: 5, failed: 3 })
})

test('a unit test file that broke before its first test has failed', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [{}] },
    { status: 'passed', assertionResults: [] },
  ]
  const file = report({ numPassedTests: 4, numFailedTests: 1, testResults })
  expect(tally(file, 1, countUnit)).toEqual({ passed: 4, failed: 2 })
})

test('a run that ended badly without a report, or without a failed test in it, has failed', () => {
  expect(tally(join(folder, 'none.json'), 1, countBrowser)).toEqual({ passed: 0, failed: 1 })
  const file = report({ stats: { expected: 5, unexpected: 0, flaky: 0, skipped: 0 } })
  expect(tally(file, 1, countBrowser)).toEqual({ passed: 5, failed: 1 })
  expect(tally(file, 0, countBrowser)).toEqual({ passed: 5, failed: 0 })
})
