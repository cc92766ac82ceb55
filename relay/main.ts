import { fileURLToPath } from 'node:url'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { parseConfig } from './config/config.ts'
import type { RelayConfig } from './config/config.ts'
import type { HolderEvents } from './holder.ts'
import { loadRelayKey } from './key-file.ts'
import { Log } from './log.ts'
import { startRelay } from './relay.ts'
import type { Relay } from './relay.ts'
import { describeShare } from './share/announce-share.ts'
import { untilStopped } from './stop-signals.ts'
import type { StopSignals } from './stop-signals.ts'
import { USAGE } from './config/usage.ts'

/** `dist/relay/main.js` stands two folders below the project's. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

async function main(stopping: StopSignals): Promise<void> {
  const config = parseConfig(process.argv.slice(2))
  if (config === null) return void process.stdout.write(USAGE)
  if (config.printsPeerId) return console.log(peerIdFromPrivateKey(await loadRelayKey(config)).toString())
  const log = new Log(config.log)
  // A person's terminal gets what it needs to be seen once; a collector gets events.
  const isTerminal = config.log.format === 'text'
  if (isTerminal) console.log('3/3 relay')
  const events = isTerminal ? shareEvents(config) : loggedEvents(log)
  const relay = await startRelay({ config, root: ROOT, signal: stopping.signal, events, log })
  if (isTerminal) introduce(config, relay)
  else log.info('serving', { url: (config.publicUrl ?? relay.url).origin, peer: relay.peer.peerId.toString() })
  if (config.tls !== null || isService()) stopping.onHangUp(() => reload(relay, log))
  await stopping.promise
  if (config.drain > 0) log.info('stopping', { within: `${config.drain / 1000} s` })
  await relay.stop()
}

function introduce(config: RelayConfig, relay: Relay): void {
  console.log(`\n  ${(config.publicUrl ?? relay.url).origin}\n`)
  if (config.publicUrl !== null) console.log(`On this computer: ${relay.url.origin}`)
  for (const address of relay.forRelays) console.log(`For other relays: --bootstrap ${address}`)
  if (relay.noSample !== null) console.log(`No sample: ${relay.noSample}`)
  console.log('Ctrl-C stops.')
}

/** Nobody's terminal closes, and no `npm start` ends: SIGHUP means that files are to be read again. */
function isService(): boolean {
  return !process.stdout.isTTY && process.channel === undefined
}

function reload(relay: Relay, log: Log): void {
  try {
    relay.reloadTls()
    log.info('read the certificate again')
  } catch (error) {
    // What it has is good until it expires; ending would be worse.
    log.error('went on with the former certificate', { error: error instanceof Error ? error.message : String(error) })
  }
}

/** Without links and names: a log is read by more people than a terminal. `shares.json` in the data directory has them. */
function loggedEvents(log: Log): HolderEvents {
  return {
    onShared: () => log.info('shared a repository'),
    onIncoming: () => log.info('a browser committed to a shared repository'),
    onEmpty: () => log.info('a repository has no commit yet: it is shared at the first'),
    onTrouble: (_, error) => {
      if (error === null) log.info('a repository is followed again')
      else log.warn('a repository cannot be followed for now', { error: error.name })
    },
  }
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
