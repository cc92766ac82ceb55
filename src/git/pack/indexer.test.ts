import { beforeAll, afterAll, describe, expect, test } from 'vitest'
import { equalBytes, fromHex, toHex, utf8 } from '../object/index.ts'
import type { GitObject, Oid } from '../types.ts'
import { INDEX_LIMITS } from './budget.ts'
import * as errors from './errors.ts'
import { encodeIdx } from './idx.ts'
import { indexPackBytes, PackIndexer } from './indexer.ts'
import { MemoryPack } from './memory-pack.ts'
import { PackObjects } from './read-entry.ts'
import { seedRepository, TestRepository, seeded } from './testing/git-oracle.ts'
import { completeThinPack } from './thin.ts'
import type { IndexedPack, IndexLimits, ObjectSource } from './types.ts'
import { writeFileSync } from 'node:fs'

let repository: TestRepository
let whole: Uint8Array

beforeAll(() => {
  repository = new TestRepository()
  seedRepository(repository, 7)
  whole = repository.pack(['--delta-base-offset'])
})
afterAll(() => repository[Symbol.dispose]())

function index(pack: Uint8Array, limits: Partial<IndexLimits> = {}, external?: ObjectSource): Promise<IndexedPack> {
  const source = external === undefined ? {} : { external }
  return indexPackBytes(new MemoryPack(pack), { limits: { ...INDEX_LIMITS, ...limits }, closure: true, ...source })
}

/** The index that git makes of a pack, byte for byte. */
function gitIdx(pack: Uint8Array): Uint8Array {
  writeFileSync(repository.file('t.pack'), pack)
  repository.git(['index-pack', '--strict', '-o', 't.idx', 't.pack'])
  return repository.readFile('t.idx')
}

/** All objects of the repository, by stock git. */
const outside: ObjectSource = {
  async read(oid: Oid): Promise<GitObject | null> {
    const info = await this.info(oid)
    return info === null ? null : { type: info.type, bytes: repository.gitBytes(['cat-file', info.type, oid]) }
  },
  async has(oid) {
    return (await this.info(oid)) !== null
  },
  async info(oid) {
    const [, type, size] = repository.git(['cat-file', '--batch-check'], `${oid}\n`).split(' ')
    if (type !== 'commit' && type !== 'tree' && type !== 'blob' && type !== 'tag') return null
    return { type, size: Number(size) }
  },
}

describe('whole packs of stock git', () => {
  test.each([
    ['ofs-deltas', ['--delta-base-offset']],
    ['ref-deltas', []],
    ['long chains', ['--delta-base-offset', '--depth=250', '--window=50']],
    ['no deltas', ['--depth=0']],
  ])('%s: the index is the one that git writes', async (_, options) => {
    const pack = repository.pack(options)
    const indexed = await index(pack)
    expect(equalBytes(await encodeIdx(indexed.index), gitIdx(pack))).toBe(true)
    expect(indexed.index.count).toBe(repository.oids().length)
    expect(indexed.missing).toHaveLength(0)
    expect(indexed.hostileTrees).toEqual([])
    expect(indexed.submodules).toBeGreaterThan(0)
  })

  test('in pieces of any length', async () => {
    const expected = await encodeIdx((await index(whole)).index)
    const random = seeded(3)
    for (const most of [1, 30, 5000]) {
      const indexer = new PackIndexer({ limits: INDEX_LIMITS, closure: true })
      for (let at = 0; at < whole.length;) {
        const length = Math.min(1 + random(most), whole.length - at)
        await indexer.write(whole.slice(at, at + length))
        at += length
      }
      const { index } = await indexer.finish(new MemoryPack(whole))
      expect(equalBytes(await encodeIdx(index), expected)).toBe(true)
    }
  })

  test('with a cache too small for anything, dropped bases are made again', async () => {
    const pack = repository.pack(['--delta-base-offset', '--depth=250', '--window=50'])
    const expected = await encodeIdx((await index(pack)).index)
    const { index: small } = await index(pack, { cacheBytes: 1000 })
    expect(equalBytes(await encodeIdx(small), expected)).toBe(true)
  })

  test('objects and deltas bigger than the cache, than the work area, and than a piece', async () => {
    using big = new TestRepository()
    const random = seeded(11)
    const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => random(256))
    // Versions that share most of their bytes, each with 200,000 of its own; trees of many names.
    const version = bytes(700_000)
    const oids: string[] = []
    for (let n = 0; n < 6; n++) {
      version.set(bytes(n % 3 === 2 ? 10 : 200_000), 80_000 * n)
      oids.push(big.git(['hash-object', '-w', '--stdin'], version))
    }
    const names = Array.from({ length: 9000 }, (_, n) => `100644 blob ${oids[0] ?? ''}\tname-${n}\n`)
    for (let n = 0; n < 3; n++) oids.push(big.git(['mktree'], names.slice(n).join('')))
    const pack = big.gitBytes(
      ['-c', 'core.bigFileThreshold=1g', 'pack-objects', '--stdout', '-q', '--delta-base-offset', '--window=20'],
      oids.join('\n'),
    )
    writeFileSync(big.file('t.pack'), pack)
    big.git(['index-pack', '-o', 't.idx', 't.pack'])
    expect(big.git(['verify-pack', '-v', 't.idx'])).toMatch(/blob +2\d{5} [^]*chain length = 3/)
    for (const cacheBytes of [1000, 200_000, 3_000_000, INDEX_LIMITS.cacheBytes]) {
      const { index: made } = await index(new Uint8Array(pack), { cacheBytes })
      expect(equalBytes(await encodeIdx(made), big.readFile('t.idx'))).toBe(true)
    }
  })

  test('an empty pack', async () => {
    const { index: empty } = await index(repository.gitBytes(['pack-objects', '--stdout', '-q']))
    expect(empty.count).toBe(0)
  })

  test('what links lead out is reported with the type that it must have', async () => {
    const tip = repository.git(['rev-parse', 'main'])
    const parent = repository.git(['rev-parse', 'main^'])
    const tree = repository.git(['rev-parse', 'main^{tree}'])
    const pack = repository.gitBytes(['pack-objects', '--stdout', '-q'], `${tip}\n`)
    const { missing, missingTypes } = await index(pack)
    const links = Array.from(missingTypes, (type, i) => [toHex(missing, i * 20), type])
    expect(new Map(links as Array<[string, number]>)).toEqual(
      new Map([
        [tree, 2],
        [parent, 1],
      ]),
    )
  })

  test('aborts', async () => {
    const controller = new AbortController()
    controller.abort(new Error('enough'))
    const indexing = indexPackBytes(new MemoryPack(whole), {
      limits: INDEX_LIMITS,
      closure: true,
      signal: controller.signal,
    })
    await expect(indexing).rejects.toThrow('enough')
  })
})

describe('thin packs', () => {
  let thin: Uint8Array
  beforeAll(() => {
    thin = repository.pack(['--thin', '--delta-base-offset'], 'main\n^main~20')
  })

  test('name the bases that they lack, and are completed into what git accepts', async () => {
    const indexed = await index(thin, {}, outside)
    expect(indexed.externalBases.length).toBeGreaterThan(0)
    const appended: number[] = []
    const done = await completeThinPack({
      pack: new MemoryPack(thin),
      indexed,
      external: outside,
      append: (bytes) => void appended.push(...bytes),
    })
    const complete = Uint8Array.from([...done.header, ...thin.subarray(12, thin.length - 20), ...appended])
    expect(complete.length).toBe(done.size)
    expect(equalBytes(await encodeIdx(done.index), gitIdx(complete))).toBe(true)
    const objects = new PackObjects({ key: 't', bytes: new MemoryPack(complete), index: done.index })
    const theirs = repository.git(['rev-parse', 'main:all.txt'])
    expect((await objects.read(theirs))?.bytes).toEqual(repository.gitBytes(['cat-file', 'blob', theirs]))
  })

  test('without what they build on they are refused, by name', async () => {
    await expect(index(thin)).rejects.toThrow(errors.MissingBaseError)
    const nothing: ObjectSource = { read: async () => null, has: async () => false, info: async () => null }
    await expect(index(thin, {}, nothing)).rejects.toThrow(errors.MissingBaseError)
  })

  test('a whole pack needs no completion', async () => {
    const indexed = await index(whole, {}, outside)
    expect(indexed.externalBases).toEqual([])
    const done = await completeThinPack({
      pack: new MemoryPack(whole),
      indexed,
      external: outside,
      append: () => expect.unreachable(),
    })
    expect(done.header).toEqual(whole.subarray(0, 12))
    expect(done.size).toBe(whole.length)
  })
})

describe('reading', () => {
  test('every object, and its type and size, as git has them', async () => {
    const { index: packIndex } = await index(whole)
    const objects = new PackObjects({ key: 'w', bytes: new MemoryPack(whole), index: packIndex })
    const all = repository.oids()
    const lines = repository.git(['cat-file', '--batch-check'], `${all.join('\n')}\n`).split('\n')
    for (const line of lines) {
      const [oid, type, size] = line.split(' ') as [string, string, string]
      expect(await objects.info(oid)).toEqual({ type, size: Number(size) })
      const object = await objects.read(oid)
      expect(object?.bytes.length).toBe(Number(size))
    }
    for (const oid of all.slice(-20)) {
      const object = await objects.read(oid)
      expect(object?.bytes).toEqual(repository.gitBytes(['cat-file', object?.type ?? '', oid]))
    }
    expect(await objects.read('0'.repeat(40))).toBeNull()
    expect(await objects.locate('no oid')).toBeNull()
    const first = all[0] as string
    expect(objects.findPrefix(first.slice(0, 12))).toEqual({ from: objects.find(first), to: objects.find(first) + 1 })
    expect(objects.findPrefix('')).toEqual({ from: 0, to: 0 })
  })

  test('a changed byte in a row is noticed', async () => {
    const { index: packIndex } = await index(whole)
    const oid = toHex(packIndex.oids, 0)
    const changed = whole.slice()
    const at = (packIndex.offsets[0] as number) + 6
    changed[at] = (changed[at] as number) ^ 1
    const objects = new PackObjects({ key: 'w', bytes: new MemoryPack(changed), index: packIndex })
    await expect(objects.read(oid)).rejects.toThrow(errors.PackRowError)
    expect(fromHex(oid)).toEqual(packIndex.oids.slice(0, 20))
  })
})

test('hostile names are marked, and the history is taken', async () => {
  using other = new TestRepository()
  const blob = other.git(['hash-object', '-w', '--stdin'], 'x')
  const names = ['.GIT', 'git~1', 'a\\b', 'ok']
  const entries = names.sort().map((name) => [...utf8(`100644 ${name}\0`), ...fromHex(blob)])
  const tree = other.git(['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'], Uint8Array.from(entries.flat()))
  const commit = other.git(['commit-tree', '-m', 'x', tree])
  other.git(['update-ref', 'refs/heads/main', commit])
  const { hostileTrees, missing } = await index(other.pack())
  expect(missing).toHaveLength(0)
  expect(hostileTrees.map((found) => found.name)).toEqual(['.GIT', 'a\\b', 'git~1'])
  expect(hostileTrees.every((found) => found.tree === tree)).toBe(true)
})
