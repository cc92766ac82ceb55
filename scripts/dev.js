// `npm run dev`: the relay as built, and the web app from its sources, reloaded as they change (http://localhost:5173).
import { join } from 'node:path'
import { build } from './build.js'
import { prepare } from './prepare.js'
import { pinnedNode, ROOT, run, runBin } from './run.js'

await prepare()
await build({ onStart: () => console.log('building the relay…') })
const stopping = new AbortController()
const options = { tether: true, signal: stopping.signal }
const main = join(ROOT, 'dist', 'relay', 'main.js')
const relay = run(pinnedNode(), ['--enable-source-maps', main, ...process.argv.slice(2)], options)
const port = process.argv[process.argv.indexOf('--port') + 1]
const env = process.argv.includes('--port') ? { GUTS_RELAY: `http://localhost:${port}` } : {}
const vite = runBin('vite/bin/vite.js', ['--config', 'vite.config.ts'], { env, signal: stopping.signal })
const first = await Promise.race([relay, vite])
// Either without the other is of no use.
stopping.abort()
await Promise.allSettled([relay, vite])
process.exitCode = first.code
