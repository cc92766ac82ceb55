import type { RelayProcess } from '../../playwright/support/relay-process.ts'

/** The multiaddr at which a relay takes WebSockets, with its PeerId, as it tells pages. */
export async function relayAddress(relay: RelayProcess): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${relay.port}/config.json`)
  const { relays } = (await answer.json()) as { relays: string[] }
  const address = relays.find((it) => it.includes('/ws'))
  if (address === undefined) throw new Error('The relay tells no address.')
  return address
}
