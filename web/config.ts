import type { AppStorage } from './storage/app-storage.ts'

/** What the page's own server says: where the meeting points are. */
export interface AppConfig {
  /** Multiaddrs of relays. */
  relays: string[]
  iceServers: RTCIceServer[]
  /** Origin at which others reach the server; null: this computer alone. */
  publicUrl: string | null
  /** The server has an example to try, at `sample.bundle`. */
  sample: { name: string } | null
  /** False where this is the configuration of an earlier visit: the server did not answer. */
  fresh: boolean
}

const KEPT = 'config'
const NONE: AppConfig = { relays: [], iceServers: [], publicUrl: null, sample: null, fresh: false }
/** A configuration is a few lines; what is far beyond that is something else. */
const MAX_CONFIG_BYTES = 64 * 1024
/** Milliseconds: without the server the page still starts, with what it knew. */
const CONFIG_TIMEOUT = 5000

/** Reads `config.json` from the page's own origin; where that fails, what it said last. Never rejects for the network. */
export async function loadConfig(url: string, storage: Pick<AppStorage, 'get' | 'set'>): Promise<AppConfig> {
  const text = await fetchText(url)
  const fresh = text === null ? null : parseConfig(text)
  if (text !== null && fresh !== null) {
    await storage.set(KEPT, new TextEncoder().encode(text))
    return { ...fresh, fresh: true }
  }
  const kept = await storage.get(KEPT)
  const earlier = kept === undefined ? null : parseConfig(new TextDecoder().decode(kept))
  // The example comes from the server that does not answer.
  return earlier === null ? NONE : { ...earlier, sample: null, fresh: false }
}

async function fetchText(url: string): Promise<string | null> {
  try {
    const response = await fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(CONFIG_TIMEOUT) })
    if (!response.ok) return null
    const text = await response.text()
    return text.length > MAX_CONFIG_BYTES ? null : text
  } catch {
    return null // No network or no server: what was kept serves, and `fresh` says so.
  }
}

/** Null where `text` is no configuration; fields that are not what they should be count as absent. */
export function parseConfig(text: string): Omit<AppConfig, 'fresh'> | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null // A page in place of the file, say.
  }
  if (typeof value !== 'object' || value === null) return null
  const { relays, iceServers, publicUrl, sample } = value as Record<string, unknown>
  if (!Array.isArray(relays)) return null
  return {
    relays: relays.filter((relay) => typeof relay === 'string'),
    iceServers: Array.isArray(iceServers) ? iceServers.filter(isIceServer) : [],
    publicUrl: typeof publicUrl === 'string' && URL.canParse(publicUrl) ? new URL(publicUrl).origin : null,
    sample: parseSample(sample),
  }
}

function parseSample(sample: unknown): AppConfig['sample'] {
  if (sample === true) return { name: 'guts' }
  if (typeof sample !== 'object' || sample === null) return null
  const { name } = sample as Record<string, unknown>
  return { name: typeof name === 'string' && name !== '' ? name : 'guts' }
}

function isIceServer(value: unknown): value is RTCIceServer {
  if (typeof value !== 'object' || value === null) return false
  const { urls } = value as Record<string, unknown>
  return typeof urls === 'string' || (Array.isArray(urls) && urls.every((url) => typeof url === 'string'))
}
