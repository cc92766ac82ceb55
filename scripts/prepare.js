// Runs before `npm start` and `npm test`, under whatever Node there is: installs what is missing.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOT, run } from './run.js'

const LOCK = join(ROOT, 'package-lock.json')
const MODULES = join(ROOT, 'node_modules')
/** Holds the digest of the lock file that node_modules was installed from. */
const STAMP = join(MODULES, '.guts-lock')

function isInstalled(digest) {
  if (!['node', 'node.exe'].some((name) => existsSync(join(MODULES, 'node', 'bin', name)))) return false
  if (existsSync(STAMP)) return readFileSync(STAMP, 'utf8') === digest
  const installed = join(MODULES, '.package-lock.json')
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(LOCK).mtimeMs
}

/** Installs the packages of the lock file unless they are there. Ends the process where that fails. */
export async function prepare() {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    console.error(`Node ${process.versions.node} is too old: version 20 or later is needed (https://nodejs.org).`)
    process.exit(1)
  }
  const digest = createHash('sha256').update(readFileSync(LOCK)).digest('hex')
  if (!isInstalled(digest)) {
    console.log('1/3 installing… (about a minute)')
    // npm says where it is itself; without npm around this, the one on the PATH.
    const npm = process.env.npm_execpath
    const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
    const { code } = npm?.endsWith('.js') ? await run(process.execPath, [npm, ...args]) : await run('npm', args)
    if (code !== 0) {
      console.error('Installing failed; what npm says above is the reason. Is there a network?')
      process.exit(code)
    }
  }
  if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== digest) writeFileSync(STAMP, digest)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await prepare()
