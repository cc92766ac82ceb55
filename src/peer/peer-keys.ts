import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { decodeKey } from './identity.ts'
import type { KeyStorage } from './identity.ts'
import type { PrivateKey } from '@libp2p/interface'

/** What of the Web Locks API is used; Node and tests give their own. */
export interface Locks {
  /**
   * Calls `held` with whether the lock could be had, and keeps it until the promise of `held` settles. With
   * `ifAvailable` it does not wait for it.
   */
  request<T>(
    name: string,
    options: { ifAvailable: boolean; signal?: AbortSignal },
    held: (granted: boolean) => Promise<T>,
  ): Promise<T>
}

export interface ClaimedPeerKey {
  key: PrivateKey
  /** Place in the pool: to be asked for again after a reload. */
  index: number
  /** PeerIds of the whole pool: this storage's own tabs, which do not dial each other. */
  own: ReadonlySet<string>
  /** Lets another tab have the key. The platform does so too when the tab goes away. */
  release(): void
}

export interface ClaimOptions {
  storage: KeyStorage
  locks: Locks
  /** The key that this tab had before it was reloaded. Tried first, and waited for a moment. */
  preferred?: number
}

/** Made at once, so that tabs know each other's PeerIds from the start. Most people have fewer tabs of one app. */
const POOL_SIZE = 8
/** More tabs than that share a storage by mistake. */
const MAX_POOL = 256
/** A reloaded page may ask before the browser has let go of its former self. */
const PREFERRED_PATIENCE = 500

/** No key was free. */
export class NoFreePeerKeyError extends Error {
  static override name = 'NoFreePeerKeyError'

  constructor(
    readonly tabs: number,
    message = `All ${tabs} peer keys of this browser are in use. Close some tabs of this app.`,
  ) {
    super(message)
    this.name = 'NoFreePeerKeyError'
  }
}

/**
 * Claims a free peer key. Each is guarded by a lock that lives as long as the tab: a reload keeps its PeerId, and two
 * tabs never share one. (`sessionStorage` is copied into duplicated tabs, so no key is kept there.)
 */
export async function claimPeerKey(options: ClaimOptions): Promise<ClaimedPeerKey> {
  const pool = await ensurePool(options)
  const order = [...pool.keys()]

  if (options.preferred !== undefined && options.preferred < pool.length) {
    const claimed = await claim(options.locks, pool, options.preferred, PREFERRED_PATIENCE)

    if (claimed !== undefined) {
      return claimed
    }
  }

  for (const index of order) {
    const claimed = await claim(options.locks, pool, index, 0)

    if (claimed !== undefined) {
      return claimed
    }
  }

  return claimNew(options, pool)
}

async function claimNew(options: ClaimOptions, pool: PrivateKey[]): Promise<ClaimedPeerKey> {
  for (let index = pool.length; index < MAX_POOL; index++) {
    pool.push(await withPoolLock(options.locks, () => loadKey(options.storage, index)))
    const claimed = await claim(options.locks, pool, index, 0)

    if (claimed !== undefined) {
      return claimed
    }
  }

  throw new NoFreePeerKeyError(MAX_POOL)
}

async function ensurePool({ storage, locks }: ClaimOptions): Promise<PrivateKey[]> {
  return withPoolLock(locks, async () => {
    const known = (await storage.list(KEY_PREFIX)).length
    const pool: PrivateKey[] = []

    for (let index = 0; index < Math.min(Math.max(known, POOL_SIZE), MAX_POOL); index++) {
      pool.push(await loadKey(storage, index))
    }

    return pool
  })
}

const KEY_PREFIX = 'peer-key/'

/** A peer key that no tab shares: a Node process's. */
export async function loadKey(storage: KeyStorage, index: number): Promise<PrivateKey> {
  return loadKeyNamed(storage, KEY_PREFIX + String(index).padStart(3, '0'))
}

/** The key that is kept under a name; it is made where there is none. */
export async function loadKeyNamed(storage: KeyStorage, name: string): Promise<PrivateKey> {
  const kept = await storage.get(name)

  if (kept !== undefined) {
    return decodeKey(kept)
  }

  const key = await generateKeyPair('Ed25519')
  await storage.set(name, privateKeyToProtobuf(key))
  return key
}

/** Two tabs that open at once must not each make the first keys, or the first identity. */
export async function withPoolLock<T>(locks: Locks, task: () => Promise<T>): Promise<T> {
  return locks.request('guts-peer-keys', { ifAvailable: false }, task)
}

async function claim(
  locks: Locks,
  pool: PrivateKey[],
  index: number,
  patience: number,
): Promise<ClaimedPeerKey | undefined> {
  const claimed = Promise.withResolvers<ClaimedPeerKey | undefined>()
  const key = pool[index]

  if (key === undefined) {
    return undefined
  }

  const own = new Set(pool.map((other) => peerIdFromPrivateKey(other).toString()))
  const options = patience === 0 ? { ifAvailable: true } : { ifAvailable: false, signal: AbortSignal.timeout(patience) }

  locks
    .request(`guts-peer-key-${index}`, options, async (granted) => {
      if (!granted) {
        claimed.resolve(undefined)
        return
      }

      const released = Promise.withResolvers<void>()
      claimed.resolve({ key, index, own, release: () => released.resolve() })
      await released.promise
    })
    // Nobody let go of it in time.
    .catch(() => claimed.resolve(undefined))

  return claimed.promise
}
