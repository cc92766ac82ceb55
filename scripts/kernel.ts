// `npm run kernel`: makes src/git/kernel/wasm.ts anew from the AssemblyScript in src/git/kernel/assembly. The compiler is not
// among the dependencies, since it is bigger than all of them and nobody else needs it: npx fetches the version named here.
// `npm run kernel -- --check` writes nothing, and fails where the module that is committed is another than its sources make.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const COMPILER = 'assemblyscript@0.28.20'
const FOLDER = fileURLToPath(new URL('../src/git/kernel/', import.meta.url))

/** SHA-256 of the kernel's sources: of their names and contents, in order. */
export function assemblyDigest(): string {
  const folder = join(FOLDER, 'assembly')
  const hash = createHash('sha256')
  for (const name of readdirSync(folder).sort()) {
    hash.update(`${name}\0${readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n')}\0`)
  }
  return hash.digest('hex')
}

function compile(): Buffer {
  const temporary = mkdtempSync(join(tmpdir(), 'guts-kernel-'))
  try {
    const wasm = join(temporary, 'kernel.wasm')
    const options = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--importMemory', '--zeroFilledMemory']
    const args = ['--yes', '-p', COMPILER, 'asc', join(FOLDER, 'assembly/index.ts'), ...options, '-o', wasm]
    const { status, error } = spawnSync('npx', args, { stdio: 'inherit', shell: process.platform === 'win32' })
    if (error !== undefined || status !== 0) throw new Error('The compiler failed.', { cause: error })
    return readFileSync(wasm)
  } finally {
    rmSync(temporary, { recursive: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = join(FOLDER, 'wasm.ts')
  const made = `// Made from assembly/ by \`npm run kernel\`, with ${COMPILER}.

/** SHA-256 of the sources that it was made from: a test compares it with what they are now. */
export const SOURCES = '${assemblyDigest()}'

/** The module, in base64. */
export const WASM =
  '${compile().toString('base64')}'
`
  if (!process.argv.includes('--check')) writeFileSync(file, made)
  else if (made === readFileSync(file, 'utf8').replaceAll('\r\n', '\n'))
    console.log('The module is what its sources make.')
  else {
    console.error(
      'src/git/kernel/wasm.ts is not what its sources make. Run `npm run kernel`, and look at what changed.',
    )
    process.exitCode = 1
  }
}
