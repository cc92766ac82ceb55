// `npm run bench -- <scenario> --repo <path>`: the built app in a real browser beside its rivals (bench/README.md).
import { join } from 'node:path'
import { findOrInstallBrowser } from './browser.js'
import { prepare } from './prepare.js'
import { pinnedNode, ROOT, run } from './run.js'

try {
  await prepare()
  const { code } = await run(pinnedNode(), [join(ROOT, 'bench', 'main.ts'), ...process.argv.slice(2)], {
    env: { CHROMIUM_PATH: await findOrInstallBrowser() },
  })
  process.exitCode = code
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
