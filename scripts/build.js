import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'
import { prepare } from './prepare.js'
import { ROOT, runBin } from './run.js'

/** All that the built app and relay are made from. */
const SOURCES = [
  'web',
  'relay',
  'src',
  'public',
  'package-lock.json',
  'vite.config.ts',
  'vite.relay.config.ts',
  'tsconfig.json',
]
const STAMP = join(ROOT, 'dist', '.sources')
const RESULTS = ['dist/web/index.html', 'dist/relay/main.js']

function* files(path) {
  if (!existsSync(path)) return
  if (!statSync(path).isDirectory()) return yield path
  for (const name of readdirSync(path).sort()) yield* files(join(path, name))
}

/** SHA-256 over names and contents; a few megabytes, so no need to trust modification times. */
function digestOfSources() {
  const hash = createHash('sha256')
  for (const source of SOURCES) {
    for (const path of files(join(ROOT, source))) {
      if (/\.test\.ts$/.test(path)) continue
      const content = readFileSync(path)
      hash.update(`${path.slice(ROOT.length)}\0${content.length}\0`).update(content)
    }
  }
  return hash.digest('hex')
}

async function bundle(config) {
  const args = ['build', '--config', config, '--logLevel', 'warn']
  const { code, output } = await runBin('vite/bin/vite.js', args, { capture: true })
  if (code === 0) return
  console.error(output)
  throw new Error(`The build with ${config} failed; what it says above is the reason.`)
}

/** Leaves `main.js.br` beside `main.js`: else every start of a relay would spend a second on it for its first visitor. */
async function compress(folder) {
  const paths = [...files(folder)].filter((path) => /\.(css|html|js|svg|wasm|webmanifest)$/.test(path))
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 }
  await Promise.all(
    paths.map(async (path) => {
      const plain = await readFile(path)
      // What fits into a packet gains nothing.
      if (plain.length >= 1024) await writeFile(`${path}.br`, await promisify(brotliCompress)(plain, { params }))
    }),
  )
}

/** Builds the web app and the relay unless the sources are those of the last build. Answers whether it did. */
export async function build({ onStart = () => {} } = {}) {
  const digest = digestOfSources()
  const isBuilt = RESULTS.every((path) => existsSync(join(ROOT, path)))
  if (isBuilt && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === digest) return false
  onStart()
  await Promise.all(['vite.config.ts', 'vite.relay.config.ts'].map(bundle))
  await compress(join(ROOT, 'dist', 'web'))
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  writeFileSync(STAMP, digest)
  return true
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await prepare()
  await build({ onStart: () => console.log('building…') })
}
