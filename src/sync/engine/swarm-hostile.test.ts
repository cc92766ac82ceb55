import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { NotServedError } from '../../git/index.ts'
import { decodeManifest, encodeManifest, packIdOf } from '../../git/pack/index.ts'
import { MemoryBackend, openMemoryGitStore } from '../../git/testing.ts'
import type { MemoryPeer } from '../../peer/testing.ts'
import { CHUNK_BYTES } from '../wire/index.ts'
import { Bitfield } from './swarm/bitfield.ts'
import { makeBigBundle, packOf, type Verdict } from './testing/big-source.ts'
import { dripping } from './testing/dripping.ts'
import { verdictOnStore } from './testing/git.ts'
import { overriding } from './testing/overriding.ts'
import { createPuppets, honest, type PuppetOptions } from './testing/puppet.ts'
import { createParty, isReady, until, type Member } from './testing/world.ts'
import type { GitStore } from '../../git/index.ts'
import type { TransferRecord } from '../types.ts'
import type { CarriedPack } from './repository/carried.ts'
import type { ServedRefs } from './server/served.ts'

const party = createParty()
const puppets = createPuppets()
/** What two honest holders have stored, who are there anew in each test. */
const backends = [new MemoryBackend(), new MemoryBackend()] as const
let token: string
let expected: Verdict

beforeAll(async () => {
  const source = await makeBigBundle()
  expected = source.expected
  const [ana, cleo] = await Promise.all(
    backends.map(async (backend) => await party.member({ store: await openMemoryGitStore(backend) })),
  )
  if (ana == null || cleo == null) throw new Error('Nobody has it')
  ;({ token } = await ana.sync.create({ kind: 'bundle', file: source.bundle, name: 'source' }))
  await cleo.peer.dial(ana.peer)
  await cleo.sync.open({ token })
  await until(cleo.sync, token, isReady)
  await party.stop()
}, 60_000)

afterEach(async () => {
  await party.stop()
  await puppets.stop()
})

/** Honest holders wait for it, so that the hostile one is asked too, however busy this machine is. */
class Gate {
  closed = false
  readonly #opened = Promise.withResolvers<void>()

  async pass(): Promise<void> {
    if (this.closed) await this.#opened.promise
  }

  open(): void {
    this.#opened.resolve()
  }

  /** A store that waits at it before each chunk. */
  async store(backend: MemoryBackend): Promise<GitStore> {
    const store = await openMemoryGitStore(backend)
    return overriding(store, {
      chunk: async (...args) => {
        await this.pass()
        return store.chunk(...args)
      },
    })
  }
}

interface Scene {
  gate: Gate
  ana: Member
  /** Clones. */
  bo: Member
  packId: string
  chunks: number
  refs: ServedRefs
}

/** Ana and Cleo have it and are honest; Bo is connected with both, and has not asked yet. */
async function scene(): Promise<Scene> {
  const gate = new Gate()
  const ana = await party.member({ store: await gate.store(backends[0]) })
  const cleo = await party.member({ store: await gate.store(backends[1]) })
  const bo = await party.member()
  for (const one of [ana, cleo]) await bo.peer.dial(one.peer)
  return { gate, ana, bo, refs: await honest(ana, token), ...(await packOf(ana, token)) }
}

/** Bo clones, with the others there; what is said of `mallory` in the end. */
async function cloneBeside({ bo }: Scene, mallory: MemoryPeer): Promise<TransferRecord[]> {
  await bo.peer.dial(mallory)
  await bo.sync.open({ token })
  await until(bo.sync, token, isReady, 25_000)
  expect(await verdictOnStore(bo.store, token)).toEqual(expected)
  return bo.sync.transfers(token).filter(({ peer }) => peer === mallory.peerId.toString())
}

function denied({ bo }: Scene): string[] {
  return bo.peer.peers.denied().map(({ id }) => id)
}

describe('a hostile holder among honest ones', () => {
  /** Mallory serves what Ana has, but for `methods`. */
  async function beside(
    methods: (store: GitStore) => Partial<GitStore>,
    options: PuppetOptions = {},
  ): Promise<[Scene, MemoryPeer, TransferRecord[]]> {
    const the = await scene()
    const own = methods(the.ana.store)
    const store = overriding(the.ana.store, {
      ...own,
      chunk: async (...args) => {
        the.gate.open()
        return await (own.chunk ?? the.ana.store.chunk)(...args)
      },
    })
    const mallory = await puppets.holder(token, store, () => the.refs, options)
    the.gate.closed = true
    return [the, mallory, await cloneBeside(the, mallory)]
  }

  /** It, and nobody else, is blocked, within one bad chunk, by that name. */
  async function isBlocked(methods: (store: GitStore) => Partial<GitStore>, reason: string): Promise<void> {
    const [the, mallory, records] = await beside(methods)
    expect(denied(the)).toEqual([mallory.peerId.toString()])
    expect(records.map(({ outcome }) => outcome)).toContainEqual({ kind: 'blocked', reason })
    for (const { bytes } of records) expect(bytes).toBeLessThanOrEqual(8 * CHUNK_BYTES)
  }

  test('that flips a bit in each chunk is blocked', async () => {
    const chunk = (store: GitStore): GitStore['chunk'] => {
      return async (id, packId, index) => {
        const bytes = await store.chunk(id, packId, index)
        bytes[1000] = (bytes[1000] ?? 0) ^ 1
        return bytes
      }
    }
    await isBlocked((store) => ({ chunk: chunk(store) }), 'a chunk that does not match its hash')
  })

  test('that sends another chunk is blocked', async () => {
    await isBlocked(
      (store) => ({ chunk: async (id, packId, index) => store.chunk(id, packId, (index + 1) % 8) }),
      'a chunk that does not match its hash',
    )
  })

  test('that ends a chunk early is blocked', async () => {
    await isBlocked(
      (store) => ({ chunk: async (...args) => (await store.chunk(...args)).subarray(0, 1000) }),
      'a chunk that does not match its hash',
    )
  })

  test('that sends nothing for what was asked is blocked', async () => {
    await isBlocked(() => ({ chunk: async () => new Uint8Array(0) }), 'ended before all chunks were sent')
  })

  test('that says it has what it then refuses is asked no more, and not blocked for that alone', async () => {
    const [the, , records] = await beside(() => ({
      chunk: async () => {
        throw new NotServedError()
      },
    }))
    expect(denied(the)).toEqual([])
    expect(records.map(({ outcome, bytes }) => [outcome.kind, bytes])).toEqual([['refused', 0]])
  })

  test('that stops after its first chunks holds nobody up', async () => {
    let left = 3
    const [the, , records] = await beside((store) => ({
      chunk: async (...args) => (left-- > 0 ? store.chunk(...args) : new Promise<never>(() => undefined)),
    }))
    expect(denied(the)).toEqual([])
    expect(records.map(({ outcome, bytes }) => [outcome.kind, bytes])).toEqual([['slow', 3 * CHUNK_BYTES]])
  })

  test('that sends a byte a second holds nobody up, though it is never silent', async () => {
    const [the, , records] = await beside(() => ({}), { speaks: dripping })
    expect(denied(the)).toEqual([])
    expect(records.map(({ outcome }) => outcome.kind)).toEqual(['slow'])
  })

  test('that falls silent holds nobody up', async () => {
    const [the, , records] = await beside(() => ({ chunk: async () => new Promise<never>(() => undefined) }))
    expect(denied(the)).toEqual([])
    expect(records.map(({ outcome }) => outcome.kind)).toEqual(['slow'])
  })
})

describe('a holder that stops at the last chunk', () => {
  test('is not blocked, and no more than that chunk is asked of another', async () => {
    const the = await scene()
    let given = 0
    const store = overriding(the.ana.store, {
      chunk: async (...args) =>
        ++given < the.chunks ? the.ana.store.chunk(...args) : new Promise<never>(() => undefined),
    })
    const mallory = await puppets.holder(token, store, () => the.refs)
    const dora = await party.member()
    await dora.peer.dial(mallory)
    await dora.sync.open({ token })
    await until(dora.sync, token, ({ transfer }) => (transfer?.bytes ?? 0) >= (the.chunks - 2) * CHUNK_BYTES, 25_000)
    await dora.peer.dial(the.ana.peer)
    await until(dora.sync, token, isReady, 25_000)
    expect(await verdictOnStore(dora.store, token)).toEqual(expected)
    expect(dora.peer.peers.denied()).toEqual([])
    const fromAna = dora.sync.transfers(token).filter(({ peer }) => peer === the.ana.peer.peerId.toString())
    expect(fromAna.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(2 * CHUNK_BYTES)
  })
})

describe('a manifest', () => {
  test('that is not the one it is named after is its sender’s fault, and another gives the right one', async () => {
    const the = await scene()
    const store = overriding(the.ana.store, {
      manifest: async (...args) => {
        const bytes = await the.ana.store.manifest(...args)
        bytes[bytes.byteLength - 1] = (bytes[bytes.byteLength - 1] ?? 0) ^ 1
        return bytes
      },
    })
    const mallory = await puppets.holder(token, store, () => the.refs)
    // Dora meets Mallory first, and asks him: the others come when she has.
    const dora = await party.member()
    await dora.peer.dial(mallory)
    await dora.sync.open({ token: token })
    await until(dora.sync, token, () => dora.peer.peers.denied().length > 0, 20_000)
    await dora.peer.dial(the.ana.peer)
    await until(dora.sync, token, isReady, 25_000)
    expect(dora.peer.peers.denied().map(({ id }) => id)).toEqual([mallory.peerId.toString()])
    expect(await verdictOnStore(dora.store, token)).toEqual(expected)
  })
})

describe('a pack whose chunks are all as the manifest says, and that is wrong in itself', () => {
  test(
    'is the fault of those who said they had checked it, and not of who carried its chunks',
    { timeout: 60_000 },
    async () => {
      const the = await scene()
      const bad = await badPack(the)
      const here = Bitfield.full(the.chunks)
      const store = overriding(the.ana.store, {
        inventory: async () => [bad.entry],
        manifest: async () => bad.manifest.slice(),
        chunk: async (_, __, index) => bad.chunk(index),
      })
      const carrying = overriding(the.ana.store, {
        inventory: async () => [],
        stagedChunk: async (_, __, index) => bad.chunk(index),
      })
      const carried: CarriedPack = { ...bad.entry, manifest: bad.manifest, here }
      const carrier = await puppets.holder(token, carrying, () => ({ ...the.refs, headers: [] }), {
        carried: () => [carried],
      })
      const liars = await Promise.all([0, 1].map(() => puppets.holder(token, store, () => the.refs)))
      const dora = await party.member()
      for (const peer of [carrier, ...liars]) await dora.peer.dial(peer)
      await dora.sync.open({ token: token })
      await until(dora.sync, token, () => dora.peer.peers.denied().length === liars.length)
      expect(dora.sync.repository(token)?.refs).toEqual([])
      await dora.peer.dial(the.ana.peer)
      await until(dora.sync, token, isReady, 25_000)
      expect(await verdictOnStore(dora.store, token)).toEqual(expected)
      const guilty = liars.map(({ peerId }) => peerId.toString()).sort()
      const blocked = dora.peer.peers.denied().map(({ id }) => id)
      expect(blocked.sort()).toEqual(guilty)
      const carriers = dora.sync.transfers(token).filter(({ bytes }) => bytes > 0)
      expect(carriers.map(({ peer }) => peer)).toContain(carrier.peerId.toString())
    },
  )
})

/** Ana's pack with one byte changed, and a manifest that says so. */
async function badPack({ ana, packId }: Scene) {
  const manifest = decodeManifest(await ana.store.manifest(token, packId))
  const at = Math.floor(manifest.chunks / 2)
  const altered = await ana.store.chunk(token, packId, at)
  altered[5000] = (altered[5000] ?? 0) ^ 1
  manifest.hashes.set(
    new Uint8Array(await crypto.subtle.digest('SHA-256', altered as Uint8Array<ArrayBuffer>)),
    32 * at,
  )
  const bytes = encodeManifest(manifest)
  return {
    entry: { packId: await packIdOf(bytes), size: manifest.size, objects: manifest.objects },
    manifest: bytes,
    chunk: async (index: number) => (index === at ? altered.slice() : ana.store.chunk(token, packId, index)),
  }
}
