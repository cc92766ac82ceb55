import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { concat, equalBytes, fromHex, hashObject, utf8 } from '../object/index.ts'
import type { GitObject, Oid } from '../types.ts'
import { INDEX_LIMITS } from './budget.ts'
import { encodeBundleHeader } from './bundle.ts'
import { MissingObjectError } from '../errors.ts'
import { OFS_DELTA, REF_DELTA } from './entry.ts'
import { PackRowError } from './errors.ts'
import { indexPackBytes } from './indexer.ts'
import { MemoryPack } from './memory-pack.ts'
import { PackObjects } from './read-entry.ts'
import { copyOp, craftDelta, craftPack, insertOp } from './testing/craft.ts'
import { seeded, seedRepository, TestRepository } from './testing/git-oracle.ts'
import type { EntrySource } from './types.ts'
import { PIECE_BYTES, writePack, type WritePackOptions } from './writer.ts'

let repository: TestRepository
let source: PackObjects
let all: Oid[]

beforeAll(async () => {
  repository = new TestRepository()
  seedRepository(repository, 11)
  source = await open(repository.pack(['--delta-base-offset']), 'a')
  all = repository.oids()
})
afterAll(() => repository[Symbol.dispose]())

async function open(pack: Uint8Array, key: string): Promise<PackObjects> {
  const bytes = new MemoryPack(pack)
  const { index } = await indexPackBytes(bytes, { limits: INDEX_LIMITS, closure: false })
  return new PackObjects({ key, bytes, index })
}

async function write(options: Omit<WritePackOptions, 'source'> & { source?: EntrySource }): Promise<Uint8Array> {
  const { bytes } = await writePack({ source, ...options })
  const pieces: Uint8Array[] = []
  for await (const piece of bytes) {
    expect(piece.length).toBeLessThanOrEqual(PIECE_BYTES + 20)
    pieces.push(piece)
  }
  return concat(pieces)
}

/** Clones what was written by stock git, and has it checked. */
function check(pack: Uint8Array): string[] {
  using copy = new TestRepository()
  const refs = repository.git(['for-each-ref', '--format=%(objectname) %(refname)']).split('\n')
  const entries = refs.map((line) => ({ oid: line.slice(0, 40), name: line.slice(41) }))
  writeFileSync(
    copy.file('b.bundle'),
    concat([encodeBundleHeader(entries, repository.git(['rev-parse', 'main'])), pack]),
  )
  copy.git(['bundle', 'verify', 'b.bundle'])
  copy.git(['fetch', '-q', '--update-head-ok', 'b.bundle', '+refs/*:refs/*'])
  writeFileSync(copy.file('w.pack'), pack)
  copy.git(['index-pack', '--strict', '-o', 'w.idx', 'w.pack'])
  copy.git(['fsck', '--full', '--strict', '--no-dangling'])
  return copy.oids()
}

describe('a whole pack', () => {
  test('of the order given, copies every entry; stock git finds nothing wrong', async () => {
    const output = await writePack({ objects: all, source })
    expect(output.objects).toBe(all.length)
    await output.bytes.return()
    const pack = await write({ objects: all })
    expect(check(pack).sort()).toEqual([...all].sort())
    // Copied, not inflated: as small as git's own.
    expect(pack.length).toBeLessThan(source.bytes.size * 1.01)
  })

  test('deltas before their bases, at random, and as 20 bytes each', async () => {
    const random = seeded(5)
    const shuffled = all.map((oid) => ({ oid, key: random(1e9) })).sort((a, b) => a.key - b.key)
    const oids = concat(shuffled.map(({ oid }) => fromHex(oid)))
    expect(check(await write({ objects: oids })).sort()).toEqual([...all].sort())
  })

  test('sorted by type', async () => {
    const written = await open(await write({ objects: [...all].reverse(), sortByType: true }), 'w')
    const types: string[] = []
    for (const position of written.order.positions) {
      types.push((await written.infoAt(written.index.offsets[position] as number)).type)
    }
    const runs = types.filter((type, i) => type !== types[i - 1])
    expect(runs).toEqual(['commit', 'tag', 'tree', 'blob'])
  })

  test('of no objects, and of one asked for twice', async () => {
    expect((await open(await write({ objects: [] }), 'e')).index.count).toBe(0)
    expect((await open(await write({ objects: [all[0] as Oid, all[0] as Oid] }), 'o')).index.count).toBe(1)
  })
})

describe('a part of it', () => {
  test('is whole without the rest, and thin where the reader has the rest', async () => {
    const since = repository.oids(['main', '^main~5'])
    const before = new Set(repository.oids(['main~5']))
    const whole = await write({ objects: since })
    expect((await open(whole, 'w')).index.count).toBe(since.length)
    const thin = await write({ objects: since, thinBases: (oid) => before.has(oid) })
    expect(thin.length).toBeLessThan(whole.length)
    // Stock git completes it.
    using copy = new TestRepository()
    copy.git(
      ['fetch', '-q', repository.path, 'main~5:refs/heads/old'].map((arg) =>
        arg.replace('main~5', repository.git(['rev-parse', 'main~5'])),
      ),
    )
    copy.git(['index-pack', '--stdin', '--fix-thin', '--strict'], thin)
    copy.git(['update-ref', 'refs/heads/main', repository.git(['rev-parse', 'main'])])
    copy.git(['fsck', '--full', '--strict', '--no-dangling'])
    expect(copy.oids(['main']).sort()).toEqual(repository.oids(['main']).sort())
  })
})

describe('odd sources', () => {
  test('loose objects are deflated', async () => {
    const loose: EntrySource = {
      read: (oid) => source.read(oid),
      has: (oid) => source.has(oid),
      info: (oid) => source.info(oid),
      locate: async () => null,
    }
    expect(check(await write({ objects: all, source: loose })).sort()).toEqual([...all].sort())
  })

  test('two packs whose deltas name each other as base', async () => {
    const a = utf8('a'.repeat(100))
    const b = utf8(`${'a'.repeat(99)}b`)
    const [oidA, oidB] = [await hashObject('blob', a), await hashObject('blob', b)]
    const toB = craftDelta(100, 100, copyOp(0, 99), insertOp(utf8('b')))
    const toA = craftDelta(100, 100, copyOp(0, 99), insertOp(utf8('a')))
    const one = await open(
      await craftPack([
        { type: 3, data: a },
        { type: OFS_DELTA, base: 0, data: toB },
      ]),
      '1',
    )
    const two = await open(
      await craftPack([
        { type: 3, data: b },
        { type: REF_DELTA, base: fromHex(oidB), data: toA },
      ]),
      '2',
    )
    const both: EntrySource = {
      read: (oid) => one.read(oid),
      has: (oid) => one.has(oid),
      info: (oid) => one.info(oid),
      locate: (oid) => (oid === oidB ? one.locate(oid) : two.locate(oid)),
    }
    const written = await open(await write({ objects: [oidA, oidB], source: both }), 'w')
    expect((await written.read(oidA))?.bytes).toEqual(a)
    expect((await written.read(oidB))?.bytes).toEqual(b)
  })

  test('an object that is not there, and an entry that was changed', async () => {
    await expect(write({ objects: ['0'.repeat(40)] })).rejects.toThrow(MissingObjectError)
    const changed = (source.bytes as MemoryPack).bytes.slice()
    const at = (source.index.offsets[0] as number) + 4
    changed[at] = (changed[at] as number) ^ 4
    const bad = new PackObjects({ key: 'b', bytes: new MemoryPack(changed), index: source.index })
    await expect(write({ objects: all, source: bad })).rejects.toThrow(PackRowError)
  })

  test('an abort between two objects', async () => {
    const controller = new AbortController()
    const { bytes } = await writePack({ objects: all, source: slow(source), signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(bytes.next()).rejects.toThrow('enough')
  })
})

function slow(objects: PackObjects): EntrySource {
  return {
    read: (oid): Promise<GitObject | null> => objects.read(oid),
    has: (oid) => objects.has(oid),
    info: (oid) => objects.info(oid),
    locate: async (oid) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return objects.locate(oid)
    },
  }
}

test('written twice, the bytes are the same', async () => {
  expect(equalBytes(await write({ objects: all }), await write({ objects: all }))).toBe(true)
})
