import { CHUNK_BYTES } from '../../wire/index.ts'
import { openMemoryGitStore } from '../../../git/testing.ts'
import { bundleOf, inTemporaryFolder, makeSource, verdict } from './git.ts'
import { overriding } from './overriding.ts'
import type { GitStore } from '../../../git/index.ts'
import type { Member } from './world.ts'

export type Verdict = Awaited<ReturnType<typeof verdict>>

/** A bundle whose pack has about 44 chunks, and what stock git says of it. */
export async function makeBigBundle(): Promise<{ bundle: Blob; expected: Verdict }> {
  return inTemporaryFolder(async (folder) => {
    const path = await makeSource(folder, { commits: 4, randomBytes: 2_750_000 })
    // Read whole: the folder goes.
    const bundle = new Blob([await (await bundleOf(path)).arrayBuffer()])
    return { bundle, expected: await verdict(path) }
  })
}

/** The one base pack that a member has. */
export async function packOf({ store }: Member, token: string): Promise<{ packId: string; chunks: number }> {
  const [pack] = await store.inventory(token)
  if (pack == null) throw new Error('No base pack')
  return { packId: pack.packId, chunks: Math.ceil(pack.size / CHUNK_BYTES) }
}

/** Counts the chunks that a store gives out, of packs that are here whole and of those that are being fetched. */
export class Meter {
  whole = 0
  staged = 0
  manifests = 0
  /** Chunks after which it is silent. */
  limit = Infinity
  readonly store: GitStore
  /** Resolves those that wait since the limit was reached. */
  #release = Promise.withResolvers<void>()

  constructor(store: GitStore) {
    this.store = overriding(store, {
      chunk: async (...args) => {
        if (this.whole >= this.limit) await this.#release.promise
        this.whole++
        return store.chunk(...args)
      },
      stagedChunk: async (...args) => {
        const bytes = await store.stagedChunk(...args)
        this.staged++
        return bytes
      },
      manifest: async (...args) => {
        this.manifests++
        return store.manifest(...args)
      },
    })
  }

  release(): void {
    this.limit = Infinity
    this.#release.resolve()
  }

  static async open(): Promise<Meter> {
    return new Meter(await openMemoryGitStore())
  }
}
