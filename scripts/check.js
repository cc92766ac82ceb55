// `npm run check`: format, lint, types and layers. No warnings are let through.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { prepare } from './prepare.js'
import { runBin } from './run.js'

const CHECKS = [
  ['eslint', 'eslint/bin/eslint.js', ['.', '--max-warnings', '0']],
  // Of TypeScript's own files too: all that tsconfig.json includes.
  [
    'svelte-check',
    'svelte-check/bin/svelte-check',
    ['--tsconfig', './tsconfig.json', '--fail-on-warnings', '--output', 'human'],
  ],
  [
    'dependency-cruiser',
    'dependency-cruiser/bin/dependency-cruise.mjs',
    [
      '--config',
      '.dependency-cruiser.cjs',
      ...['src', 'web', 'relay', 'playwright', 'bench'].filter((name) => existsSync(name)),
    ],
  ],
  ['prettier', 'prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']],
]

/** Two at a time: each is one busy thread. */
const AT_ONCE = 2

/** Runs all checks and prints what the failed ones say. Answers how many passed and failed. */
export async function check() {
  const waiting = [...CHECKS]
  const counts = { passed: 0, failed: 0 }
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, path, args] = next
      const started = Date.now()
      const { code, output } = await runBin(path, args, { capture: true, env: { FORCE_COLOR: '0' } })
      const seconds = ((Date.now() - started) / 1000).toFixed(1)
      if (code === 0) {
        counts.passed++
        console.log(`✓ ${name} (${seconds} s)`)
      } else {
        counts.failed++
        console.log(`✗ ${name} (${seconds} s)\n${output.trimEnd()}`)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return counts
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await prepare()
  const { failed } = await check()
  process.exitCode = failed === 0 ? 0 : 1
}
