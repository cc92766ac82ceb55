import type { NetworkSettings } from '../src/peer/index.ts'
import type { AppStorage } from './storage/app-storage.ts'

const KEPT = 'network-settings'

/** They come with the network's code, which the first screen does not wait for. */
const checks = () => import('../src/peer/index.ts')

type Storage = Pick<AppStorage, 'get' | 'set'>

/** What was set here, or the defaults. Rejects where it cannot be used any more, for then it has to be set anew. */
export async function loadNetworkSettings(storage: Storage, secure: boolean): Promise<NetworkSettings> {
  const { checkNetworkSettings, DEFAULT_NETWORK_SETTINGS } = await checks()
  const kept = await storage.get(KEPT)
  if (kept === undefined) return DEFAULT_NETWORK_SETTINGS
  const { bootstrapNodes, maximumConnections } = JSON.parse(new TextDecoder().decode(kept)) as Partial<NetworkSettings>
  return checkNetworkSettings(
    {
      bootstrapNodes: Array.isArray(bootstrapNodes) ? bootstrapNodes.filter((node) => typeof node === 'string') : [],
      maximumConnections: maximumConnections ?? DEFAULT_NETWORK_SETTINGS.maximumConnections,
    },
    { secure },
  )
}

/** Keeps settings for the next start; rejects, keeping what was, where they cannot be used. */
export async function saveNetworkSettings(storage: Storage, settings: NetworkSettings, secure: boolean): Promise<void> {
  const { checkNetworkSettings } = await checks()
  const checked = checkNetworkSettings(settings, { secure })
  await storage.set(KEPT, new TextEncoder().encode(JSON.stringify(checked)))
}
