import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pinnedNode, run, runBin } from './run.js'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** Package managers, and how each installs Chromium without asking. */
const DISTRIBUTIONS = [
  ['apt-get', 'apt-get update && apt-get install -y chromium'],
  ['dnf', 'dnf install -y chromium'],
  ['apk', 'apk add chromium'],
  ['pacman', 'pacman -Sy --noconfirm chromium'],
]

function onPath(name) {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      continue
    }
  }
  return null
}

/** Is it a browser that starts? Some distributions put a script there that only says how to install one. */
async function works(path) {
  try {
    return (await run(path, ['--version'], { quiet: true })).code === 0
  } catch {
    return false
  }
}

async function playwrightsOwn() {
  const script = "process.stdout.write(require('@playwright/test').chromium.executablePath())"
  const { code, output } = await run(pinnedNode(), ['-e', script], { capture: true })
  return code === 0 ? output.trim() : ''
}

/** Path of a Chromium that starts, or null. Rejects where `CHROMIUM_PATH` names none. */
async function find() {
  const chosen = process.env.CHROMIUM_PATH
  if (chosen !== undefined && chosen !== '') {
    if (await works(chosen)) return chosen
    throw new Error(`CHROMIUM_PATH is ${chosen}, which does not start. Name another, or unset it.`)
  }
  for (const path of [...NAMES.map(onPath), ...ELSEWHERE, await playwrightsOwn()]) {
    if (path !== null && path !== '' && existsSync(path) && (await works(path))) return path
  }
  return null
}

/**
 * Path of a Chromium for the browser tests; installs one where there is none and this user may. Rejects with the command
 * to run where not.
 */
export async function findOrInstallBrowser() {
  const found = await find()
  if (found !== null) return found
  const playwright = ['install', 'chromium']
  const isRoot = process.getuid?.() === 0
  const sudo = isRoot
    ? ''
    : onPath('sudo') !== null && (await run('sudo', ['-n', 'true'], { quiet: true })).code === 0
      ? 'sudo -n '
      : null
  console.log('There is no Chromium for the browser tests: installing one…')
  // Without the right to add system libraries, Playwright's own may still start with those that are there.
  await runBin('@playwright/test/cli.js', sudo === null ? playwright : [playwright[0], '--with-deps', playwright[1]])
  const own = await find()
  if (own !== null) return own
  const distribution = DISTRIBUTIONS.find(([manager]) => onPath(manager) !== null)
  if (sudo !== null && distribution !== undefined) {
    await run('sh', ['-c', sudo === '' ? distribution[1] : `${sudo}sh -c '${distribution[1]}'`])
    const installed = await find()
    if (installed !== null) return installed
  }
  const command =
    distribution === undefined ? 'npx playwright install --with-deps chromium' : `sudo sh -c '${distribution[1]}'`
  throw new Error(
    `The browser tests need Chromium, and it could not be installed. Install it with:\n  ${command}\n` +
      'or name one that is there: CHROMIUM_PATH=/path/to/chromium npm test',
  )
}
