import type { GitStore } from '../src/git/index.ts'
import { openGitStoreInWorker } from '../src/git/browser.ts'
import type { GutsPeer, NetworkSettings } from '../src/peer/index.ts'
import type * as SyncModule from '../src/sync/index.ts'
import type { ParsedLink, RepoSync } from '../src/sync/index.ts'
import type { AppConfig } from './config.ts'
import { loadConfig, throughServer } from './config.ts'
import { loadNetworkSettings } from './network-settings.ts'
import type { Core } from './state/core.ts'
import type { AppStorage } from './storage/app-storage.ts'
import { makeDefaultName } from './storage/default-name.ts'

/** Milliseconds in which the device that printed a one-time code must be reached. */
const CLAIM_TIMEOUT = 20_000
/** Milliseconds between two tries to reach it. */
const REACH_AGAIN = 500
/** Bytes of a first copy that are fetched unasked where data is dear: on a phone, or where a person saves it. */
const SAVE_DATA_BYTES = 4 * 1024 * 1024

export interface StartOptions {
  /** Told what is being done, in words. */
  onStep: (step: string) => void
  /** Told what fails later: the network, once the app runs. */
  onError: (error: unknown) => void
}

/**
 * Starts what runs below the views: the storage in its worker, this tab's peer, and the repositories. Resolves as soon as
 * what is stored can be read; the network joins when it can. Rejects where the browser gives no storage.
 */
export async function startCore(storage: AppStorage, { onStep, onError }: StartOptions): Promise<Core> {
  onStep('Opening what is stored here…')
  // The network's code loads while the worker opens the database.
  const [store, config, writer, settings, { createTabPeer }, sync] = await Promise.all([
    openGitStoreInWorker(),
    loadConfig(new URL('config.json', document.baseURI).href, storage),
    storage.writer(),
    networkSettings(storage, onError),
    import('../src/peer/browser.ts'),
    import('../src/sync/index.ts'),
  ])
  // Gossip about what is held here is judged by its seal before it is passed on.
  let repositories: RepoSync | null = null
  const peer = await createTabPeer({
    relays: [...config.relays, ...(settings.bootstrapNodes ?? [])],
    maximumConnections: settings.maximumConnections,
    furtherRelays: config.furtherRelays,
    iceServers: config.iceServers,
    name: makeDefaultName(),
    storage,
    validateAnnouncement: sync.createValidator({
      find: (key) => repositories?.digestOf(key),
      highestSeen: (...writer) => repositories?.highestSeen(...writer),
    }),
  })
  repositories = sync.createRepoSync({
    store,
    peer,
    writer,
    fetchPolicy: fetchPolicy(sync.WITHOUT_ASKING),
    through: (url) => throughServer(config, document.baseURI, url),
  })
  await repositories.start()
  // Not awaited: without a relay the app reads what is here, and the peer goes on trying.
  peer.start().catch(onError)
  return new RunningCore({ store, peer, sync: repositories, config, storage }, sync)
}

/** What cannot be used is told, and the app starts without it. */
async function networkSettings(
  storage: AppStorage,
  onError: (error: unknown) => void,
): Promise<Partial<NetworkSettings>> {
  try {
    return await loadNetworkSettings(storage, location.protocol === 'https:')
  } catch (error) {
    onError(error)
    return {}
  }
}

interface DeviceHints {
  connection?: { saveData?: boolean }
  userAgentData?: { mobile: boolean }
}

function fetchPolicy(withoutAsking: number) {
  const { connection, userAgentData, userAgent } = navigator as Navigator & DeviceHints
  const phone = userAgentData?.mobile ?? /\bMobile\b/.test(userAgent)
  return { withoutAsking: () => (phone || connection?.saveData ? SAVE_DATA_BYTES : withoutAsking) }
}

interface Parts {
  store: GitStore
  peer: GutsPeer
  sync: RepoSync
  config: AppConfig
  storage: AppStorage
}

class RunningCore implements Core {
  readonly store: GitStore
  readonly peer: GutsPeer
  readonly sync: RepoSync
  readonly config: AppConfig
  readonly storage: AppStorage
  readonly #module: typeof SyncModule

  constructor({ store, peer, sync, config, storage }: Parts, module: typeof SyncModule) {
    this.store = store
    this.peer = peer
    this.sync = sync
    this.config = config
    this.storage = storage
    this.#module = module
  }

  async open(token: string, hint: string | null): Promise<{ damaged: boolean }> {
    const link = this.#parse(token, hint)
    await this.sync.open(link)
    return { damaged: link.damage !== undefined }
  }

  link(token: string, base: string): string {
    return this.#module.formatLink(base, this.sync.link(token))
  }

  async claim(token: string, code: string, hint: string | null): Promise<void> {
    const link = this.#parse(token, hint)
    if (link.hint === undefined) throw new this.#module.ClaimRefusedError('wrong')
    const signal = AbortSignal.timeout(CLAIM_TIMEOUT)
    const id = await this.#reach(link.hint, signal)
    await this.#module.claimMaintainer(this.peer, token, code, id, signal)
  }

  async rename(name: string): Promise<void> {
    await this.sync.rename(name)
  }

  /** Connects with the holder; a page that was just opened may have no relay yet, so it is tried until `signal` aborts. */
  async #reach(hint: Uint8Array, signal: AbortSignal): Promise<string> {
    for (;;) {
      try {
        return (await this.peer.connect(hint, { signal })).id
      } catch (error) {
        if (signal.aborted) throw error
        await new Promise((resolve) => setTimeout(resolve, REACH_AGAIN))
      }
    }
  }

  /** Throws `LinkError`. */
  #parse(token: string, hint: string | null): ParsedLink {
    return this.#module.parseLink(hint === null ? `#/${token}` : `#/${token}~${hint}`)
  }
}
