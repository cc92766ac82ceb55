import { fileURLToPath } from 'node:url'
import { parseConfig } from './config.ts'
import type { RelayConfig } from './config.ts'
import type { HolderEvents } from './holder.ts'
import { startRelay } from './relay.ts'
import { describeShare } from './share/announce-share.ts'
import { untilStopped } from './stop-signals.ts'
import { USAGE } from './usage.ts'

/** `dist/relay/main.js` stands two folders below the project's. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

async function main(stopping: ReturnType<typeof untilStopped>): Promise<void> {
  const config = parseConfig(process.argv.slice(2))
  if (config === null) return void process.stdout.write(USAGE)
  console.log('3/3 relay')
  const relay = await startRelay({ config, root: ROOT, signal: stopping.signal, events: shareEvents(config) })
  console.log(`\n  ${(config.publicUrl ?? relay.url).origin}\n`)
  if (config.publicUrl !== null) console.log(`On this computer: ${relay.url.origin}`)
  for (const address of relay.forRelays) console.log(`For other relays: --bootstrap ${address}`)
  if (relay.noSample !== null) console.log(`No sample: ${relay.noSample}`)
  console.log('Ctrl-C stops.')
  await stopping.promise
  await relay.stop()
}

/** What the terminal says of `--share`. */
function shareEvents(config: RelayConfig): HolderEvents {
  return {
    onShared: ({ name }, link, code, localUrl) => {
      console.log(describeShare({ name, link, code, publicUrl: config.publicUrl, localUrl }))
    },
    onIncoming: (text) => console.log(text),
    onEmpty: ({ path }) => console.log(`${path} has no commit yet: it is shared as soon as there is one.`),
    onTrouble: ({ path }, error) => {
      if (error === null) console.log(`${path} is followed again.`)
      else
        console.error(
          `${path} cannot be followed: ${error.message}\nWhat is shared stays as it is; this goes on by itself.`,
        )
    },
  }
}

const stopping = untilStopped()
let status = 0
try {
  await main(stopping)
} catch (error) {
  // Stopped while it was starting: what was opened is closed.
  if (!stopping.signal.aborted) {
    console.error(error instanceof Error ? error.message : error)
    status = 1
  }
}
// All is closed; timers that libraries left would keep the process for a second.
process.exit(status)
