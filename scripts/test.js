// `npm test`: checks, unit tests and browser tests, each on the pinned Node. `unit`, `browser` or `long` runs one part.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findOrInstallBrowser } from './browser.js'
import { build } from './build.js'
import { check } from './check.js'
import { prepare } from './prepare.js'
import { ROOT, runBin } from './run.js'
import { countBrowser, countUnit, tally } from './tally.js'
import { roomInMemory } from './temporary.js'

const RESULTS = join(ROOT, 'test-results')
const [part = 'all', ...rest] = process.argv.slice(2)

async function unit(args, env = {}) {
  const file = join(RESULTS, 'unit.json')
  rmSync(file, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const { code } = await runBin('vitest/vitest.mjs', ['run', ...reporters, ...args], { env })
  return tally(file, code, countUnit)
}

async function browser(args, env = {}) {
  const file = join(RESULTS, 'browser.json')
  rmSync(file, { force: true })
  await build({ onStart: () => console.log('building…') })
  const { code } = await runBin('@playwright/test/cli.js', ['test', '--reporter=list,json', ...args], {
    env: { ...env, CHROMIUM_PATH: await findOrInstallBrowser(), PLAYWRIGHT_JSON_OUTPUT_FILE: file },
  })
  return tally(file, code, countBrowser)
}

/** A part that cannot even run is one failure, said aloud, and the others still run. */
async function attempt(name, work) {
  console.log(`\n── ${name}`)
  try {
    return await work()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return { passed: 0, failed: 1 }
  }
}

const LONG = { GUTS_LONG: '1' }
const PARTS = {
  all: () => [
    ['check', () => check()],
    ['unit tests', () => unit(rest)],
    ['browser tests', () => browser(rest)],
  ],
  unit: () => [['unit tests', () => unit(rest)]],
  browser: () => [['browser tests', () => browser(rest)]],
  long: () => [
    ['unit tests, long', () => unit(rest, LONG)],
    ['browser tests, long', () => browser(rest, LONG)],
  ],
}

if (!(part in PARTS)) {
  console.error(`There is no part "${part}": ${Object.keys(PARTS).join(', ')}.`)
  process.exit(1)
}
await prepare()
const memory = roomInMemory()
if (memory !== null) {
  process.env.TMPDIR = mkdtempSync(join(memory, 'guts-test-'))
  process.once('exit', () => rmSync(process.env.TMPDIR, { recursive: true, force: true }))
}
mkdirSync(RESULTS, { recursive: true })
const total = { passed: 0, failed: 0 }
// Before the long parts: without a browser the rest would be for nothing.
let browserMissing = null
if (part !== 'unit') {
  try {
    process.env.CHROMIUM_PATH = await findOrInstallBrowser()
  } catch (error) {
    browserMissing = error
  }
}
if (browserMissing !== null) {
  console.error(browserMissing.message)
  total.failed++
} else {
  for (const [name, work] of PARTS[part]()) {
    const { passed, failed } = await attempt(name, work)
    total.passed += passed
    total.failed += failed
  }
}
console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 ? 0 : 1
