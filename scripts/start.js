// `npm start`: builds what changed, then runs the relay on the pinned Node.
import { join } from 'node:path'
import { build } from './build.js'
import { pinnedNode, ROOT, run } from './run.js'

const main = join(ROOT, 'dist', 'relay', 'main.js')
const args = process.argv.slice(2)
try {
  await build({ onStart: () => console.log('2/3 building…') })
  const { code } = await run(pinnedNode(), ['--enable-source-maps', main, ...args], { tether: true })
  process.exitCode = code
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
