import type { AppStorage } from './storage/app-storage.ts'

/** What the page's own server says: where the meeting points are. */
export interface AppConfig {
  /** Multiaddrs of relays. */
  relays: string[]
  /** Further ones of the same network, for reaching who is there. */
  furtherRelays: string[]
  iceServers: RTCIceServer[]
  /** Origin at which others reach the server; null: this computer alone. */
  publicUrl: string | null
  /** The server has an example to try, at `sample.bundle`. */
  sample: { name: string } | null
  /** Hosts that the server fetches repositories from for this page; null: none. */
  gitProxy: { hosts: string[] } | null
  /** False where this is the configuration of an earlier visit: the server did not answer. */
  fresh: boolean
}

const KEPT = 'config'
const NONE: AppConfig = {
  relays: [],
  furtherRelays: [],
  iceServers: [],
  publicUrl: null,
  sample: null,
  gitProxy: null,
  fresh: false,
}
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
  // What the server itself does, it does not while it does not answer.
  return earlier === null ? NONE : { ...earlier, sample: null, gitProxy: null, fresh: false }
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
  const { relays, furtherRelays, iceServers, publicUrl, sample, gitProxy } = value as Record<string, unknown>
  if (!Array.isArray(relays)) return null
  return {
    relays: relays.filter((relay) => typeof relay === 'string'),
    furtherRelays: Array.isArray(furtherRelays) ? furtherRelays.filter((relay) => typeof relay === 'string') : [],
    iceServers: Array.isArray(iceServers) ? iceServers.filter(isIceServer) : [],
    publicUrl: typeof publicUrl === 'string' && URL.canParse(publicUrl) ? new URL(publicUrl).origin : null,
    sample: parseSample(sample),
    gitProxy: parseGitProxy(gitProxy),
  }
}

/**
 * Where the server of the page at `base` is asked for the repository at `url`, which it fetches in the page's place; null
 * where it does not.
 */
export function throughServer({ gitProxy }: Pick<AppConfig, 'gitProxy'>, base: string, url: string): string | null {
  const { host, pathname } = new URL(url)
  return gitProxy?.hosts.includes(host) === true ? new URL(`proxy/${host}${pathname}`, base).href : null
}

function parseGitProxy(gitProxy: unknown): AppConfig['gitProxy'] {
  if (typeof gitProxy !== 'object' || gitProxy === null) return null
  const { hosts } = gitProxy as Record<string, unknown>
  return Array.isArray(hosts) ? { hosts: hosts.filter((host) => typeof host === 'string') } : null
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
