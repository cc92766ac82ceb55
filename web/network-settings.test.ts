import { expect, test } from 'vitest'
import { DEFAULT_NETWORK_SETTINGS } from '../src/peer/index.ts'
import { loadNetworkSettings, saveNetworkSettings } from './network-settings.ts'

function storage(): Parameters<typeof loadNetworkSettings>[0] {
  const values = new Map<string, Uint8Array>()
  return { get: async (name) => values.get(name), set: async (name, value) => void values.set(name, value) }
}

const RELAY = '/ip4/127.0.0.1/tcp/8080/ws/p2p/12D3KooWPBZMq6PbasEpirdnUuM5v3GeEXwi9cdCUr9qexHxyVNb'

test('what was set is there at the next start, and what cannot be used replaces nothing', async () => {
  const kept = storage()
  expect(await loadNetworkSettings(kept, false)).toEqual(DEFAULT_NETWORK_SETTINGS)
  const settings = { bootstrapNodes: [RELAY], maximumConnections: 7 }
  await saveNetworkSettings(kept, settings, false)
  await expect(saveNetworkSettings(kept, { ...settings, maximumConnections: 0 }, false)).rejects.toThrow('from 1 to')
  expect(await loadNetworkSettings(kept, false)).toEqual(settings)
  // The same storage, the page now over https.
  await expect(loadNetworkSettings(kept, true)).rejects.toThrow('TLS')
})
