import { describe, expect, it } from 'vitest'
import type { BlobOptions, GitStore, ResolvedRevision } from '../../../src/git/index.ts'
import { NotHereYetError, ObjectTooLargeError } from '../../../src/git/index.ts'
import type { PreviewState, RepositoryState, RepoSync, WantOptions } from '../../../src/sync/index.ts'
import { BigFileError } from './big-file-error.ts'
import { MAX_AGREED_BYTES, readingStore } from './reading-store.ts'

const token = 'A'.repeat(43)
const [commit, tree, blob, tag] = ['1', '2', '3', '4'].map((digit) => digit.repeat(40)) as [
  string,
  string,
  string,
  string,
]
const refs = [
  { name: 'refs/heads/main', oid: commit },
  { name: 'refs/tags/v1', oid: tag },
]
const preview: PreviewState = { head: 'refs/heads/main', refs, commit, objects: 3, bytes: 10 }

/** A repository of which only what was wanted is here. */
function arriving(init: { here: string[]; refuse?: (oid: string, options?: WantOptions) => Error | null }) {
  const here = new Set(init.here)
  const wanted: Array<[string, WantOptions | undefined]> = []
  let state = { preview, refs: [], status: { kind: 'cloning' } } as unknown as RepositoryState
  const need = (oid: string) => {
    if (!here.has(oid)) throw new NotHereYetError(oid, 'blob')
  }
  const store = {
    resolve: async (_: string, oid: string): Promise<ResolvedRevision | null> => {
      need(oid)
      return { oid, commit, ref: null }
    },
    blob: async (_: string, _commit: string, _path: string, options?: BlobOptions) => {
      if (options?.partial === true) for (const oid of [commit, tree, blob]) need(oid)
      return { options }
    },
    log: async () => 'history',
  } as unknown as GitStore
  const sync: Pick<RepoSync, 'repository' | 'want'> = {
    repository: (asked) => (asked === token ? state : undefined),
    want: async (_, oids, options) => {
      for (const oid of oids) {
        wanted.push([oid, options])
        const error = init.refuse?.(oid, options) ?? null
        if (error !== null) throw error
        here.add(oid)
      }
    },
  }
  const { signal } = new AbortController()
  return {
    wanted,
    reading: readingStore({ store, sync, token, signal }),
    arrive: () => (state = { ...state, preview: null, refs, status: { kind: 'ready' } }),
  }
}

describe('the store of the reading views', () => {
  it('fetches what is looked at, step by step, and reads it', async () => {
    const { reading, wanted } = arriving({ here: [commit] })
    await reading.blob(token, commit, 'src/main.ts', { maxBytes: 7 })
    expect(wanted.map(([oid]) => oid)).toEqual([tree, blob])
  })

  it('knows branches and tags before they are here', async () => {
    const { reading, wanted } = arriving({ here: [commit] })
    expect(await reading.resolve(token, 'main')).toEqual({ oid: commit, commit, ref: 'refs/heads/main' })
    expect(await reading.resolve(token, 'HEAD')).toMatchObject({ ref: 'refs/heads/main' })
    expect(await reading.resolve(token, 'v1')).toMatchObject({ oid: tag, ref: 'refs/tags/v1' })
    expect(await reading.resolve(token, blob)).toMatchObject({ oid: blob, ref: null })
    expect(wanted.map(([oid]) => oid)).toEqual([tag, blob])
    expect(await reading.resolve(token, 'no-such-branch')).toBeNull()
  })

  it('says that a file is big, and gets it for who agrees', async () => {
    const { reading, wanted } = arriving({
      here: [commit, tree],
      refuse: (_, options) => (options?.maxBytes === undefined ? new ObjectTooLargeError(9e6, 4e6) : null),
    })
    const refused = reading.blob(token, commit, 'big.bin')
    await expect(refused).rejects.toBeInstanceOf(BigFileError)
    await expect(refused).rejects.toMatchObject({ oid: blob, size: 9e6 })
    reading.agree(blob)
    await reading.blob(token, commit, 'big.bin')
    expect(wanted.at(-1)?.[1]?.maxBytes).toBe(MAX_AGREED_BYTES)
  })

  it('passes on why something is not to be had', async () => {
    const { reading } = arriving({ here: [], refuse: () => new RangeError('Nobody shares this.') })
    await expect(reading.blob(token, commit, 'a')).rejects.toThrow('Nobody shares this.')
  })

  it('is the store itself for other repositories, for all else, and once all of it is here', async () => {
    const { reading, wanted, arrive } = arriving({ here: [] })
    await reading.blob('other', commit, 'a')
    expect(await reading.log(token, commit)).toBe('history')
    arrive()
    expect(await reading.blob(token, commit, 'a', { maxBytes: 5 })).toEqual({ options: { maxBytes: 5 } })
    expect(wanted).toEqual([])
  })
})
