import { describe, expect, it } from 'vitest'
import { MemoryBackend } from '../backend/memory.ts'
import type { PartialRow } from '../backend/partials.ts'
import { QuotaError } from '../errors.ts'
import { hashObject, utf8 } from '../object/index.ts'
import { encodeLoose } from './loose-object.ts'
import { ObjectSet } from './object-set.ts'
import { PARTIAL_LIMITS, PartialObjects } from './partial-objects.ts'

const id = 'repository-1'
const NONE = new ObjectSet([], {
  has: () => false,
  oids: () => [],
  read: async () => Promise.reject(new Error('There are none')),
  info: async () => Promise.reject(new Error('There are none')),
})

async function setUp() {
  const backend = new MemoryBackend()
  await backend.commit({ transaction: { repository: id, create: true }, at: null, admit: [], now: 1 })
  const content = utf8('hello\n')
  const oid = await hashObject('blob', content)
  const object = { oid, bytes: encodeLoose({ type: 'blob', bytes: content }) }
  return { backend, oid, object, content }
}

describe('partial objects', () => {
  it('that another tab added or dropped are seen', async () => {
    const { backend, oid, object, content } = await setUp()
    const [here, there] = [new PartialObjects(backend), new PartialObjects(backend)]
    expect(await here.over(id, NONE).read(oid)).toBeNull()
    await there.add(id, [object])
    expect(await here.over(id, NONE).read(oid)).toEqual({ type: 'blob', bytes: content })
    await there.drop(id)
    expect(await here.over(id, NONE).read(oid)).toBeNull()
    expect(await here.over(id, NONE).has(oid)).toBe(false)
  })

  it('that are only half stored, or are others, are not here', async () => {
    const { backend, oid, object } = await setUp()
    const partials = new PartialObjects(backend)
    await partials.add(id, [object])
    const whole = object.bytes
    const other = encodeLoose({ type: 'blob', bytes: utf8('HELLO\n') })
    for (const stored of [whole.subarray(0, whole.length - 3), new Uint8Array(), other]) {
      backend.partials.read = async (_id: string, _row: PartialRow) => stored
      expect(await partials.over(id, NONE).read(oid)).toBeNull()
    }
  })

  it('are bounded for each repository', async () => {
    const { backend, object } = await setUp()
    const asked: unknown[] = []
    const add = backend.partials.add.bind(backend.partials)
    backend.partials.add = async (...args) => {
      asked.push(args[3])
      await add(...args)
    }
    expect(await new PartialObjects(backend).add(id, [object])).toEqual({ objects: 1, bytes: object.bytes.length })
    expect(asked).toEqual([PARTIAL_LIMITS])
    expect(PARTIAL_LIMITS.bytes).toBe(64 * 1024 * 1024)
  })

  it('say where there is no room for them, and are read as before', async () => {
    const { backend, oid, object, content } = await setUp()
    const partials = new PartialObjects(backend)
    await partials.add(id, [object])
    backend.partials.add = async () => Promise.reject(new QuotaError())
    await expect(partials.add(id, [{ ...object, oid: '1'.repeat(40) }])).rejects.toBeInstanceOf(QuotaError)
    expect((await partials.over(id, NONE).read(oid))?.bytes).toEqual(content)
  })
})
