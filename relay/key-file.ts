import { basename, dirname, join } from 'node:path'
import type { PrivateKey } from '@libp2p/interface'
import { fileKeyStorage, loadKeyNamed, loadPeerKey } from '../src/peer/node.ts'
import type { RelayConfig } from './config/config.ts'

/** The file of `--key-file` holds no key, or cannot be read or made. */
export class KeyFileError extends Error {
  static override readonly name = 'KeyFileError'
  override readonly name = 'KeyFileError'
  readonly path: string
  constructor(path: string, cause: unknown) {
    super(
      `${path} cannot be used as the relay’s key (${cause instanceof Error ? cause.message : String(cause)}). ` +
        'Give a file that a relay made, or one that is not there yet: --key-file FILE',
      { cause },
    )
    this.path = path
  }
}

/** The relay's own key, which is made (for its owner alone) where there is none. Rejects with `KeyFileError`. */
export async function loadRelayKey({ keyFile, data }: Pick<RelayConfig, 'keyFile' | 'data'>): Promise<PrivateKey> {
  if (keyFile === null) return loadPeerKey(fileKeyStorage(join(data, 'keys')), 0)
  try {
    return await loadKeyNamed(fileKeyStorage(dirname(keyFile)), basename(keyFile))
  } catch (error) {
    throw new KeyFileError(keyFile, error)
  }
}
