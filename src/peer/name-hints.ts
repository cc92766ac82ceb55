import { findIdentity } from './identity.ts'
import type { HintChannel } from './hint-channel.ts'
import type { KeyStorage } from './identity.ts'
import type { Identity } from './types.ts'

/** Tells the other tabs of a storage that its identity has another name: one that did not know would sign the old one. */
export interface NameHints {
  tell(): void
  /** Calls `listener` with `identity` under the name that is kept, whenever another tab told. Returns how to stop. */
  listen(identity: Identity, listener: (identity: Identity) => void): () => void
}

export function nameHints(storage: KeyStorage, channel: HintChannel): NameHints {
  return {
    tell: () => channel.postMessage('renamed'),
    listen: (identity, listener) => {
      const heard = (): void => {
        findIdentity(storage, identity.name).then(
          (kept) => {
            // Only its name changes while a tab runs.
            if (kept?.id === identity.id) {
              listener({ ...identity, name: kept.name })
            }
          },
          () => {
            // The storage is closing, as at the end of a page: then nothing is signed any more.
          },
        )
      }

      channel.addEventListener('message', heard)
      return () => channel.removeEventListener('message', heard)
    },
  }
}
