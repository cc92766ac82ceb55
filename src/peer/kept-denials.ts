import { toString } from 'uint8arrays/to-string'
import { fromString } from 'uint8arrays/from-string'
import type { DenyList } from './deny-list.ts'
import type { HintChannel } from './hint-channel.ts'
import type { KeyStorage } from './identity.ts'
import type { DeniedPeer } from './types.ts'

const PREFIX = 'denied/'

/** Where denials outlive the process; tabs of one storage hear of each other's. */
export interface DenialKeeper {
  /** Fills the list with what was kept, and drops what is over. */
  load(): Promise<void>
  save(denied: DeniedPeer, dropped: string[]): Promise<void>
  remove(id: string): Promise<void>
  /** Calls back once the list has taken over what another tab changed. Returns how to stop. */
  onChange(listener: () => void): () => void
}

/** Keeps `list` in `storage`, an entry for each peer, so that two tabs that refuse two peers keep both. */
export function keepDenials(list: DenyList, storage: KeyStorage, channel?: HintChannel): DenialKeeper {
  const load = async (): Promise<void> => {
    const names = await storage.list(PREFIX)
    const kept = await Promise.all(names.map(async (name) => decode(name, await storage.get(name))))
    list.replace(kept.filter((denied) => denied !== undefined))
    // Those that ended, that are one too many, or that cannot be read.
    const over = names.filter((name) => !list.has(name.slice(PREFIX.length)))
    await Promise.all(over.map((name) => storage.remove(name)))
  }

  return {
    load,
    async save(denied, dropped) {
      const { id, ...entry } = denied
      await storage.set(PREFIX + id, fromString(JSON.stringify(entry)))
      await Promise.all(dropped.map((other) => storage.remove(PREFIX + other)))
      channel?.postMessage('changed')
    },
    async remove(id) {
      await storage.remove(PREFIX + id)
      channel?.postMessage('changed')
    },
    onChange(listener) {
      const heard = (): void => {
        load().then(listener, () => {
          // The storage is closing, as at the end of a page: nobody is let in any more.
        })
      }

      channel?.addEventListener('message', heard)
      return () => channel?.removeEventListener('message', heard)
    },
  }
}

/** Undefined for what is damaged: it is only a refusal, and the peer earns it again. */
function decode(name: string, bytes: Uint8Array | undefined): DeniedPeer | undefined {
  let value: unknown

  try {
    value = JSON.parse(bytes === undefined ? '' : toString(bytes))
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined
    }
    throw error
  }

  if (typeof value !== 'object' || value === null) {
    return undefined
  }

  const { reason, until, proven, identity } = value as Record<string, unknown>

  if (typeof reason !== 'string' || typeof until !== 'number') {
    return undefined
  }

  return { id: name.slice(PREFIX.length), reason, until, proven: proven !== false, identity: identityOf(identity) }
}

function identityOf(value: unknown): DeniedPeer['identity'] {
  if (typeof value !== 'object' || value === null) {
    return null
  }

  const { id, name } = value as Record<string, unknown>

  return typeof id === 'string' && typeof name === 'string' ? { id, name } : null
}
