import { openAsBlob } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleOf } from '../../../playwright/fixtures/hostile.ts'
import { git } from '../../../playwright/fixtures/git.ts'
import { makeRepository } from '../../../playwright/fixtures/make-repository.ts'
import { judgeBundle, noDifference } from '../../../playwright/fixtures/oracle.ts'
import { Random } from '../../../playwright/fixtures/random.ts'
import type { Backend, Row } from '../backend/backend.ts'
import { MemoryBackend } from '../backend/memory.ts'
import { QuotaError } from '../errors.ts'
import type { GitStore } from './git-store.ts'
import type { LocalGitStore } from './local-git-store.ts'
import { ProcessLocks } from './locks.ts'
import { id, other, StoreRig } from './suite/rig.ts'
import { tampered, type Change } from './suite/tampered.ts'

/** Points of each operation at which no room is left. */
const POINTS = process.env.GUTS_LONG === '1' ? 6 : 1
const seed = Number(process.env.GUTS_SEED ?? Date.now() % 100_000)
/** What a change takes besides the bytes of a pack. */
const CHANGE_BYTES = 1000
const MAIN = 'refs/heads/main'
const AUTHOR = { name: 'Ana', email: 'ana@example.org', time: 1_700_000_000, offset: 0 }

/** A disk with so much room; giving something back is always possible. */
class Disk {
  left = Infinity
  used = 0
  readonly backend: Backend

  constructor(backend: Backend) {
    this.backend = tampered(backend, (name, args) => this.#take(name, args))
  }

  #take(name: Change, args: readonly unknown[]): void {
    if (name === 'dropPack') return
    const rows = name === 'writeRows' ? (args[1] as Row[]) : []
    const bytes = rows.reduce((sum, row) => sum + row.bytes.length, rows.length > 0 ? 0 : CHANGE_BYTES)
    if (bytes > this.left) throw new QuotaError()
    this.left -= bytes
    this.used += bytes
  }
}

const rig = new StoreRig(async () => {
  const backend = new MemoryBackend()
  return { backend: async () => backend, damage: async () => undefined, destroy: async () => undefined }
})
/** Another repository, as a bundle and in a store of somebody else. */
let second: { source: string; bundle: Blob; holder: GitStore }

beforeAll(async () => {
  await rig.makeSource()
  const source = await makeRepository(join(rig.dir, 'second'), { commits: 50, seed: 12 })
  const bundle = await openAsBlob(bundleOf(source, join(rig.dir, 'second.bundle')))
  await rig.start()
  const { store } = rig
  await rig.admit(store, other, await store.importBundle(other, bundle))
  second = { source, bundle, holder: store }
})
afterAll(async () => {
  await rig.stop()
  rig.removeSource()
})

/** Chunks that the clone at hand asked for. */
const fetched: number[] = []

interface Operation {
  name: string
  /** What has to be there, besides the repository. */
  prepare?: (store: LocalGitStore) => Promise<void>
  run: (store: LocalGitStore) => Promise<void>
  /** What stock git has to say about the repository that it made or changed. */
  judge: (store: LocalGitStore) => Promise<void>
}

async function commit(store: GitStore, changes: Array<{ path: string; content: Uint8Array }>): Promise<void> {
  const refs = (await store.repository(id))?.refs ?? []
  const parent = refs.find(({ name }) => name === MAIN)?.oid ?? null
  const made = await store.importFiles(id, { ref: MAIN, parent, changes, author: AUTHOR, message: 'More' })
  await store.transact({ repository: id, refs: made.refs, admit: [made.staging] })
}

function files(count: number, bytes: number, name: string) {
  const random = new Random(count + name.charCodeAt(0))
  return Array.from({ length: count }, (_, n) => ({
    path: `${name}/${n}.bin`,
    content: Uint8Array.from({ length: bytes }, () => random.int(256)),
  }))
}

async function judgeSecond(store: LocalGitStore): Promise<void> {
  expect(judgeBundle(await rig.bundleFrom(store, other), second.source)).toEqual(noDifference)
}

async function canRead(store: GitStore, path: string): Promise<void> {
  const main = (await store.repository(id))?.refs.find(({ name }) => name === MAIN)?.oid ?? ''
  expect((await store.tree(id, main, path)).entries.length).toBeGreaterThan(0)
}

const operations: Operation[] = [
  {
    name: 'an import',
    run: async (store) => await rig.admit(store, other, await store.importBundle(other, second.bundle)),
    judge: judgeSecond,
  },
  {
    name: 'a clone',
    run: async (store) => {
      const [pack] = await second.holder.inventory(other)
      const packId = pack?.packId ?? ''
      const tips = (await second.holder.repository(other))?.refs ?? []
      const state = await store.stageBasePack(other, packId, await second.holder.manifest(other, packId))
      for (let n = 0; n < state.chunks; n++) {
        if (((state.present[n >> 3] as number) & (0x80 >> (n & 7))) !== 0) continue
        fetched.push(n)
        await store.putChunk(packId, n, await second.holder.chunk(other, packId, n))
      }
      await store.flushChunks(packId)
      await rig.admit(store, other, { ...(await store.finishBasePack(other, packId)), head: MAIN }, tips)
    },
    judge: judgeSecond,
  },
  {
    name: 'a commit of many files',
    run: async (store) => await commit(store, files(150, 10_000, 'many')),
    judge: async (store) => await canRead(store, 'many'),
  },
  {
    name: 'saving one file',
    run: async (store) => await commit(store, files(1, 1000, 'one')),
    judge: async (store) => await canRead(store, 'one'),
  },
  {
    name: 'a roll-up',
    prepare: async (store) => {
      for (const name of ['a', 'b', 'c']) await commit(store, files(120, 100, name))
    },
    run: async (store) => await store.tidy(id),
    judge: async (store) => await canRead(store, 'c'),
  },
]

/** The repository in `disk`, and what it is to stock git. */
async function prepared(operation: Operation, locks: ProcessLocks) {
  const place = await rig.newPlace()
  const disk = new Disk(await place.backend())
  const { store } = await rig.openOver(disk.backend, locks)
  await rig.admit(store, id, await store.importBundle(id, rig.bundle))
  await operation.prepare?.(store)
  disk.used = 0
  fetched.length = 0
  return { disk, store, before: await stateOf(store) }
}

/** All that one can tell of the repository: objects and refs as stock git lists them, and its bundle is sound. */
async function stateOf(store: LocalGitStore): Promise<string[]> {
  const bundle = await rig.bundleFrom(store, id)
  const copy = join(rig.dir, `copy-${Math.random()}`)
  git(rig.dir, ['clone', '-q', '--mirror', bundle, copy])
  git(copy, ['fsck', '--full', '--strict'])
  return [git(copy, ['show-ref']), git(copy, ['rev-list', '--objects', '--all', '--no-object-names'])]
}

describe('a disk that is full', () => {
  test.each(operations)('refuses $name, loses nothing, and takes it once there is room', async (operation) => {
    const rehearsal = await prepared(operation, new ProcessLocks())
    await operation.run(rehearsal.store)
    const needed = rehearsal.disk.used
    expect(needed).toBeGreaterThan(0)
    const random = new Random(seed)
    for (let point = 0; point < POINTS; point++) {
      const { disk, store, before } = await prepared(operation, new ProcessLocks())
      disk.left = random.int(needed)
      const at = `${disk.left} of ${needed} bytes left, GUTS_SEED=${seed}`
      const refused = await operation.run(store).then(
        () => undefined,
        (error: unknown) => error,
      )
      expect(refused, at).toBeInstanceOf(QuotaError)
      expect((refused as Error).message).toContain('Remove a repository')
      expect(await stateOf(store), at).toEqual(before)
      disk.left = Infinity
      await operation.run(store)
      await operation.judge(store)
      // A clone goes on from what is here.
      expect(new Set(fetched).size, at).toBe(fetched.length)
    }
  })
})
