import { DEFAULT_NETWORK_CONFIG, MAX_OWN_RELAYS, TAB_OPTIONS } from './config.ts'
import { InvalidRelayAddressError, NetworkSettingError } from './errors.ts'
import { ConfiguredRelays } from './relays.ts'
import type { NetworkConfig } from './types.ts'

/** What a person may set of a tab's `NetworkConfig`: relays beside those of the page's server, and how many peers. */
export type NetworkSettings = Pick<NetworkConfig, 'bootstrapNodes' | 'maximumConnections'>

export const DEFAULT_NETWORK_SETTINGS: NetworkSettings = {
  bootstrapNodes: [],
  maximumConnections: DEFAULT_NETWORK_CONFIG.maximumConnections,
}

/**
 * Checks settings before they are kept, and again before they are used. `secure`: the page came over https, from where
 * browsers reach no WebSocket without TLS. Throws `InvalidRelayAddressError` or `NetworkSettingError`.
 */
export function checkNetworkSettings(settings: NetworkSettings, { secure }: { secure: boolean }): NetworkSettings {
  const { bootstrapNodes, maximumConnections } = settings

  if (bootstrapNodes.length > MAX_OWN_RELAYS) {
    throw new NetworkSettingError('relays', `at most ${MAX_OWN_RELAYS} are used, these are ${bootstrapNodes.length}`)
  }
  if (
    !Number.isInteger(maximumConnections) ||
    maximumConnections < 1 ||
    maximumConnections > TAB_OPTIONS.maxConnections
  ) {
    throw new NetworkSettingError('devices', `a whole number from 1 to ${TAB_OPTIONS.maxConnections} is needed`)
  }

  const relays = new ConfiguredRelays(bootstrapNodes)

  for (const id of relays.ids()) {
    for (const address of relays.addresses(id)) {
      const text = address.toString()
      const names = address.getComponents().map(({ name }) => name)

      if (!names.includes('ws') && !names.includes('wss')) {
        throw new InvalidRelayAddressError(text, 'browsers reach relays by WebSocket only, and it names none')
      }
      if (secure && !names.includes('wss') && !names.includes('tls')) {
        throw new InvalidRelayAddressError(text, 'a page that came over https reaches only those with TLS (wss)')
      }
    }
  }

  return { bootstrapNodes: [...bootstrapNodes], maximumConnections }
}
