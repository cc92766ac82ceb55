import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { MemoryBackend, openMemoryGitStore } from '../../git/testing.ts'
import { LimitExceededError, NotSharedError } from '../errors.ts'
import { MAX_OUTSTANDING, MAX_UNASKED_BYTES } from './repository/wants.ts'
import { bundleOf, git, inTemporaryFolder, makeSource, verdict, verdictOnStore } from './testing/git.ts'
import { overriding } from './testing/overriding.ts'
import { createPuppets, honest } from './testing/puppet.ts'
import { createParty, isReady, until, type Member } from './testing/world.ts'
import type { GitStore, ObjectsRequest } from '../../git/index.ts'
import type { RepositoryState } from '../types.ts'

const party = createParty()
const puppets = createPuppets()

afterEach(async () => {
  await party.stop()
  await puppets.stop()
})

const hasPreview = ({ preview }: RepositoryState): boolean => preview != null
const PARTIAL = { partial: true } as const

/** Chunks of `store` that wait until the gate is opened; what was asked of it by object. */
function gated(store: GitStore): { store: GitStore; open: () => void; asked: ObjectsRequest[] } {
  const gate = Promise.withResolvers<void>()
  const asked: ObjectsRequest[] = []
  const shut = overriding(store, {
    chunk: async (...args) => {
      await gate.promise
      return store.chunk(...args)
    },
    openObjects: async (id, request, options) => {
      asked.push(request)
      return store.openObjects(id, request, options)
    },
  })
  return { store: shut, open: gate.resolve, asked }
}

interface Scene {
  path: string
  ana: Member
  bo: Member
  token: string
  oid: (revision: string) => Promise<string>
  open: () => void
  asked: ObjectsRequest[]
}

/** Ana has a repository with a base pack, of which no chunk leaves before `open`. Bo knows its link. */
async function scene(work: (scene: Scene) => Promise<void>, prepare?: (path: string) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const path = await makeSource(folder, { commits: 6, randomBytes: 300_000 })
    await prepare?.(path)
    const inner = await openMemoryGitStore()
    const { store, open, asked } = gated(inner)
    const [ana, bo] = [await party.member({ name: 'Ana', store }), await party.member({ name: 'Bo' })]
    const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(path), name: 'source' })
    const oid = async (revision: string): Promise<string> => (await git(path, 'rev-parse', revision)).trim()
    await work({ path, ana, bo, token, oid, open, asked })
  })
}

async function addFile(path: string, name: string, content: Uint8Array | string): Promise<void> {
  await writeFile(join(path, name), content)
  await git(path, 'add', '-A')
  await git(path, 'commit', '-q', '-m', `Add ${name}`)
}

/** Reads the file, fetching what it needs, as the page does. */
async function look({ sync, store }: Member, token: string, commit: string, path: string): Promise<Uint8Array> {
  for (;;) {
    try {
      return (await store.blob(token, commit, path, PARTIAL)).bytes
    } catch (error) {
      const { name, oid } = error as { name: string; oid: string }
      if (name !== 'NotHereYetError') throw error
      await sync.want(token, [oid])
    }
  }
}

describe('before the repository is here', () => {
  test('its newest files are shown, no ref has moved, and all of it is gone once the repository is here', async () => {
    await scene(async ({ path, ana, bo, token, oid, open, asked }) => {
      await bo.peer.dial(ana.peer)
      await bo.sync.open(ana.sync.link(token))
      const state = await until(bo.sync, token, hasPreview)
      const main = await oid('main')
      expect(state.preview).toMatchObject({ head: 'refs/heads/main', commit: main, objects: 3 })
      expect(state.preview?.refs).toEqual(ana.sync.repository(token)?.refs)
      expect(state.status).toEqual({ kind: 'cloning' })
      expect([state.refs, state.head]).toEqual([[], null])
      const tree = await bo.store.tree(token, main, '', PARTIAL)
      expect(tree).toEqual(await ana.store.tree(token, main, ''))
      expect(await bo.store.blob(token, main, 'README.md', PARTIAL)).toEqual(
        await ana.store.blob(token, main, 'README.md'),
      )
      // In one request, with the opening of the stream: nothing was named.
      expect(asked).toMatchObject([{ filter: 'snapshot', wants: [] }])
      expect((await bo.store.repository(token))?.refs).toEqual([])
      expect(await bo.store.has(token, [main])).toEqual([false])
      expect(await bo.store.inventory(token)).toEqual([])

      open()
      const ready = await until(bo.sync, token, isReady)
      expect(ready.preview).toBeNull()
      await expect.poll(async () => await bo.store.partialSize(token)).toEqual({ objects: 0, bytes: 0 })
      expect(await verdictOnStore(bo.store, token)).toEqual(await verdict(path))
    })
  })

  test('a file that somebody opens is fetched by itself, before the chunks', async () => {
    await scene(async ({ path, ana, bo, token, oid, open, asked }) => {
      await bo.peer.dial(ana.peer)
      await bo.sync.open(ana.sync.link(token))
      const before = await until(bo.sync, token, hasPreview)
      const main = await oid('main')
      expect(await look(bo, token, main, 'file-3.txt')).toEqual((await ana.store.blob(token, main, 'file-3.txt')).bytes)
      const all = await Promise.all(
        ['file-1.txt', 'file-2.txt', 'file-3.txt'].map((name) => look(bo, token, main, name)),
      )
      expect(all.every(({ length }) => length > 0)).toBe(true)
      // An older commit too, if its address is opened.
      expect(await look(bo, token, await oid('main~3'), 'README.md')).toEqual(
        (await ana.store.blob(token, await oid('main~3'), 'README.md')).bytes,
      )
      expect(bo.sync.repository(token)?.preview?.bytes).toBeGreaterThan(before.preview?.bytes ?? 0)
      expect(asked.slice(1).every(({ filter }) => filter === 'objects')).toBe(true)
      expect(asked.flatMap(({ wants }) => wants)).toEqual([...new Set(asked.flatMap(({ wants }) => wants))])
      expect((await bo.store.repository(token))?.refs).toEqual([])
      open()
      await until(bo.sync, token, isReady)
      // Nothing is left to fetch.
      await bo.sync.want(token, ['1'.repeat(40)])
      expect(await verdictOnStore(bo.store, token)).toEqual(await verdict(path))
    })
  })

  test('what is wanted together is asked for together', async () => {
    await scene(async ({ ana, bo, token, oid, asked }) => {
      await bo.peer.dial(ana.peer)
      await bo.sync.open(ana.sync.link(token))
      await until(bo.sync, token, hasPreview)
      const names = ['file-0.txt', 'file-1.txt', 'file-2.txt', 'file-3.txt']
      const oids = await Promise.all(names.map((name) => oid(`main:${name}`)))
      // The first goes out at once, those that come meanwhile in the next.
      await Promise.all(oids.map((each) => bo.sync.want(token, [each, each])))
      expect(asked.slice(1).map(({ wants }) => wants)).toEqual([oids.slice(0, 1), oids.slice(1)])
    })
  })

  test('what is not shared is not given: not what nobody has, and not what a force-push removed', async () => {
    await scene(async ({ ana, token, oid }) => {
      const [first, secret] = [await oid('main~1'), await oid('main:random-5.bin')]
      await ana.sync.publish(token, {
        refs: ['refs/heads/main', 'refs/tags/light'].map((name) => ({ name, oid: first })),
        admit: [],
      })
      const other = await oid('main~1:random-4.bin')
      // Nothing but what is looked at comes: all of it would be here before it can be asked for.
      const bo = await party.member({ sync: { fetchPolicy: { withoutAsking: () => 100_000 } } })
      await bo.peer.dial(ana.peer)
      await bo.sync.open(ana.sync.link(token))
      await until(bo.sync, token, hasPreview)
      const wanted = [secret, other, '1'.repeat(40)].map((each) => bo.sync.want(token, [each]))
      expect((await Promise.allSettled(wanted)).map(({ status }) => status)).toEqual([
        'rejected',
        'fulfilled',
        'rejected',
      ])
      await expect(wanted[0]).rejects.toBeInstanceOf(NotSharedError)
      await expect(wanted[2]).rejects.toBeInstanceOf(NotSharedError)
      expect(bo.peer.peers.denied()).toEqual([])
    })
  })

  test('a file that is bigger than is fetched unasked says how big it is, and comes when told to', async () => {
    const big = crypto.getRandomValues(new Uint8Array(64 * 1024))
    const content = Uint8Array.from({ length: MAX_UNASKED_BYTES + 1 }, (_, n) => big[n % big.length] ?? 0)
    await scene(
      async ({ ana, bo, token, oid }) => {
        await bo.peer.dial(ana.peer)
        await bo.sync.open(ana.sync.link(token))
        await until(bo.sync, token, hasPreview)
        const blob = await oid('main:big.bin')
        const small = await oid('main:file-1.txt')
        // Others that were wanted with it come.
        const [refused, came] = await Promise.allSettled([bo.sync.want(token, [blob]), bo.sync.want(token, [small])])
        expect(refused).toMatchObject({ reason: { name: 'ObjectTooLargeError', size: content.length } })
        expect(came.status).toBe('fulfilled')
        await bo.sync.want(token, [blob], { maxBytes: content.length })
        const view = await bo.store.blob(token, await oid('main'), 'big.bin', { ...PARTIAL, maxBytes: 2 ** 30 })
        expect(Buffer.compare(view.bytes, content)).toBe(0)
      },
      (path) => addFile(path, 'big.bin', content),
    )
  })

  test('one that gives up does not stop another who waits for the same', async () => {
    await scene(async ({ ana, bo, token, oid }) => {
      await bo.sync.open(ana.sync.link(token))
      const blob = await oid('main:file-1.txt')
      const gone = new AbortController()
      // Nobody is there yet: both wait.
      const [first, second] = [bo.sync.want(token, [blob], { signal: gone.signal }), bo.sync.want(token, [blob])]
      gone.abort(new Error('Gone'))
      await expect(first).rejects.toThrow('Gone')
      await bo.peer.dial(ana.peer)
      await second
    })
  })

  test('one object more than may be wanted at once is refused', async () => {
    await scene(async ({ ana, bo, token }) => {
      await bo.sync.open(ana.sync.link(token))
      const oids = Array.from({ length: MAX_OUTSTANDING + 1 }, (_, n) => n.toString(16).padStart(40, '0'))
      const waiting = bo.sync.want(token, oids.slice(0, MAX_OUTSTANDING))
      waiting.catch(() => undefined)
      await expect(bo.sync.want(token, oids)).rejects.toBeInstanceOf(LimitExceededError)
      await bo.stop()
      await expect(waiting).rejects.toThrow()
    })
  })
})

describe('a repository that is too large to fetch unasked', () => {
  test('is read as it is opened, and comes as a whole when told to', async () => {
    await scene(async ({ path, ana, token, oid, open }) => {
      open()
      const bo = await party.member({ sync: { fetchPolicy: { withoutAsking: () => 100_000 } } })
      await bo.peer.dial(ana.peer)
      await bo.sync.open(ana.sync.link(token))
      const state = await until(bo.sync, token, ({ preview, status }) => preview != null && status.kind === 'paused')
      expect(state.transfer?.totalBytes).toBeGreaterThan(100_000)
      expect(await look(bo, token, await oid('main'), 'file-2.txt')).not.toHaveLength(0)
      expect((await bo.store.repository(token))?.refs).toEqual([])
      await bo.sync.resume(token)
      expect((await until(bo.sync, token, isReady)).preview).toBeNull()
      expect(await verdictOnStore(bo.store, token)).toEqual(await verdict(path))
    })
  })
})

describe('a snapshot from a hostile holder', () => {
  const objects = async (store: GitStore, token: string, wants: string[]) =>
    await store.openObjects(token, { wants, haves: [], filter: 'objects', thin: false })

  /** Mallory answers for the snapshot of main with something else, and with the honest files and refs. */
  async function meetMallory(
    { ana, bo, token }: Scene,
    answer: (store: GitStore, oid: Scene['oid']) => Partial<GitStore>,
    oid: Scene['oid'],
  ) {
    const refs = await honest(ana, token)
    const mallory = await puppets.holder(token, overriding(ana.store, answer(ana.store, oid)), () => refs)
    await bo.peer.dial(mallory)
    const hint = mallory.peerId.publicKey?.raw ?? new Uint8Array()
    await bo.sync.open({ token, hint })
    return mallory
  }

  const instead = (names: string[]) => (store: GitStore, oid: Scene['oid']) => ({
    openObjects: async (...[token, request, options]: Parameters<GitStore['openObjects']>) =>
      request.filter === 'snapshot'
        ? await objects(store, token, await Promise.all(names.map(oid)))
        : await store.openObjects(token, request, options),
  })

  test.each<[string, (store: GitStore, oid: Scene['oid']) => Partial<GitStore>]>([
    ['objects that nobody asked for', instead(['main:file-1.txt'])],
    ['an object besides that it does not lead to', instead(['main', 'main^{tree}', 'main~2'])],
    ['the snapshot of another commit', instead(['main~1', 'main~1^{tree}'])],
    ['nothing', instead([])],
    [
      'damaged bytes',
      (store) => ({
        readPack: async (...args) => {
          const bytes = await store.readPack(...args)
          if (bytes != null) bytes[20] = (bytes[20] ?? 0) ^ 0xff
          return bytes
        },
      }),
    ],
  ])('%s: it is refused by name, nothing of it is kept, and another shows the right one', async (_, answer) => {
    await scene(async (whole) => {
      const { ana, bo, token, oid } = whole
      const mallory = await meetMallory(whole, answer, oid)
      await expect
        .poll(() => bo.peer.peers.denied(), { timeout: 10_000 })
        .toMatchObject([{ id: mallory.peerId.toString(), reason: 'objects that are not what was asked for' }])
      expect(bo.sync.repository(token)?.preview).toBeNull()
      await expect.poll(async () => await bo.store.partialSize(token)).toEqual({ objects: 0, bytes: 0 })
      await bo.peer.dial(ana.peer)
      await bo.sync.open(ana.sync.link(token))
      expect((await until(bo.sync, token, hasPreview)).preview?.commit).toBe(await oid('main'))
    })
  })

  test('more than is taken: nobody is blamed, and another shows it', async () => {
    await scene(
      async (whole) => {
        const { ana, bo, token, oid } = whole
        let asked = 0
        const tooMuch = (store: GitStore) => ({
          openObjects: async (...[id, request, options]: Parameters<GitStore['openObjects']>) => {
            if (request.filter !== 'snapshot') return await store.openObjects(id, request, options)
            asked++
            return await objects(store, id, await Promise.all(['main', 'main^{tree}', 'main:big.bin'].map(oid)))
          },
        })
        await meetMallory(whole, tooMuch, oid)
        await until(bo.sync, token, ({ status }) => status.kind === 'cloning')
        await expect.poll(() => asked).toBe(2)
        expect(await bo.store.partialSize(token)).toEqual({ objects: 0, bytes: 0 })
        await bo.peer.dial(ana.peer)
        await bo.sync.open(ana.sync.link(token))
        await until(bo.sync, token, hasPreview)
        expect(asked).toBe(2)
        expect(bo.peer.peers.denied()).toEqual([])
      },
      (path) => addFile(path, 'big.bin', new Uint8Array(2 * 1024 * 1024 + 1)),
    )
  })

  test('a file that is said to be bigger than it is comes from another', async () => {
    await scene(
      async ({ ana, bo, token, oid }) => {
        const [wanted, big] = [await oid('main:file-1.txt'), await oid('main:big.bin')]
        const lying = overriding(ana.store, {
          openObjects: async (id, request, options) => {
            const wants = request.wants.map((each) => (each === wanted ? big : each))
            return await ana.store.openObjects(id, { ...request, wants }, options)
          },
        })
        const refs = await honest(ana, token)
        await bo.peer.dial(await puppets.holder(token, lying, () => refs))
        await bo.sync.open({ token })
        await until(bo.sync, token, hasPreview)
        await expect(bo.sync.want(token, [wanted])).rejects.toMatchObject({ name: 'ObjectTooLargeError' })
        await bo.peer.dial(ana.peer)
        await until(bo.sync, token, ({ holders }) => holders.length === 2)
        await bo.sync.want(token, [wanted])
      },
      (path) => addFile(path, 'big.bin', new Uint8Array(MAX_UNASKED_BYTES + 1)),
    )
  })
})

describe('a preview', () => {
  test('is there at once after a reload, from what came before', async () => {
    await scene(async ({ ana, token, oid, asked }) => {
      const backend = new MemoryBackend()
      const before = await party.member({ store: await openMemoryGitStore(backend) })
      await before.peer.dial(ana.peer)
      await before.sync.open(ana.sync.link(token))
      await until(before.sync, token, hasPreview)
      await look(before, token, await oid('main'), 'file-2.txt')
      await before.stop()
      const asks = asked.length
      const after = await party.member({ store: await openMemoryGitStore(backend) })
      await after.peer.dial(ana.peer)
      const state = await until(after.sync, token, hasPreview)
      expect(state.preview?.objects).toBe(4)
      expect(await look(after, token, await oid('main'), 'file-2.txt')).not.toHaveLength(0)
      // At most the snapshot that comes with the opening.
      expect(asked.slice(asks).every(({ filter }) => filter === 'snapshot')).toBe(true)
    })
  })

  test('goes on with another holder when the one that was asked leaves', async () => {
    await scene(async ({ ana, bo, token, oid }) => {
      const silent = overriding(ana.store, {
        openObjects: async (id, request, options) => {
          if (request.filter === 'objects') return new Promise<never>(() => undefined)
          return ana.store.openObjects(id, request, options)
        },
      })
      const refs = await honest(ana, token)
      const cleo = await puppets.holder(token, silent, () => refs)
      await bo.peer.dial(cleo)
      await bo.sync.open({ token })
      await until(bo.sync, token, hasPreview)
      const wanted = bo.sync.want(token, [await oid('main:file-1.txt')])
      await bo.peer.dial(ana.peer)
      await until(bo.sync, token, ({ holders }) => holders.length === 2)
      await cleo.stop()
      await wanted
    })
  })

  test('is asked for by its id where another commit is at HEAD there, and nobody is blamed', async () => {
    await scene(async ({ ana, bo, token, oid }) => {
      const behind = await oid('main~2')
      const asked: string[][] = []
      const other = overriding(ana.store, {
        openObjects: async (id, request, options) => {
          asked.push(request.wants)
          const wants = request.wants.length === 0 ? [behind] : request.wants
          return ana.store.openObjects(id, { ...request, wants }, options)
        },
      })
      const refs = await honest(ana, token)
      const cleo = await puppets.holder(token, other, () => refs)
      await bo.peer.dial(cleo)
      const { publicKey } = cleo.peerId
      await bo.sync.open({ token, hint: publicKey?.raw ?? new Uint8Array() })
      const state = await until(bo.sync, token, hasPreview)
      expect(state.preview?.commit).toBe(await oid('main'))
      expect(asked.slice(0, 2)).toEqual([[], [await oid('main')]])
      expect(bo.peer.peers.denied()).toEqual([])
    })
  })

  test('is dropped with a holder whose files are not what was asked for, and comes anew from another', async () => {
    await scene(async ({ ana, bo, token, oid }) => {
      const [wanted, instead] = [await oid('main:file-1.txt'), await oid('main:file-2.txt')]
      const lying = overriding(ana.store, {
        openObjects: async (id, request, options) => {
          const wants = request.wants.includes(wanted) ? [instead] : request.wants
          return ana.store.openObjects(id, { ...request, wants }, options)
        },
      })
      const refs = await honest(ana, token)
      const mallory = await puppets.holder(token, lying, () => refs)
      await bo.peer.dial(mallory)
      await bo.sync.open({ token })
      await until(bo.sync, token, hasPreview)
      const came = bo.sync.want(token, [wanted])
      await until(bo.sync, token, ({ preview }) => preview == null)
      expect(bo.peer.peers.denied()).toMatchObject([
        { id: mallory.peerId.toString(), reason: 'objects that are not what was asked for' },
      ])
      await expect.poll(async () => await bo.store.partialSize(token)).toEqual({ objects: 0, bytes: 0 })
      await bo.peer.dial(ana.peer)
      await came
      await until(bo.sync, token, hasPreview)
    })
  })

  test('is dropped when the whole turns out to be wrong', async () => {
    await scene(async ({ path, ana, bo, token, open }) => {
      open()
      const gate = Promise.withResolvers<void>()
      const lying = overriding(ana.store, {
        chunk: async (id, packId, index) => {
          await gate.promise
          const bytes = await ana.store.chunk(id, packId, index)
          bytes[1000] = (bytes[1000] ?? 0) ^ 1
          return bytes
        },
      })
      const refs = await honest(ana, token)
      const mallory = await puppets.holder(token, lying, () => refs)
      await bo.peer.dial(mallory)
      await bo.sync.open({ token })
      await until(bo.sync, token, hasPreview)
      gate.resolve()
      await until(bo.sync, token, ({ preview }) => preview == null)
      expect(bo.peer.peers.denied().map(({ id }) => id)).toEqual([mallory.peerId.toString()])
      await bo.peer.dial(ana.peer)
      await until(bo.sync, token, isReady)
      expect(await verdictOnStore(bo.store, token)).toEqual(await verdict(path))
    })
  })
})
