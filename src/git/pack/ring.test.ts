import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IndexMemory } from './index-memory.ts'
import { RecentObjects } from './ring.ts'

const options = process.env.GUTS_SEED === undefined ? {} : { seed: Number(process.env.GUTS_SEED) }

test('what is found is what was kept, and the last of each kind is there', () => {
  const object = fc.record({ type: fc.constantFrom(1, 2, 3, 4), size: fc.nat(5_000), kept: fc.boolean() })
  const cache = fc.constantFrom(0, 60_000, 200_000, 3_000_000)
  const property = fc.property(cache, fc.array(object, { maxLength: 120 }), (bytes, objects) => {
    const memory = new IndexMemory(bytes)
    const recent = new RecentObjects(memory)
    const places = new Map<number, { fill: number; size: number; type: number }>()
    objects.forEach(({ type, size, kept }, n) => {
      const fits = Math.min(size, recent.most(type))
      const at = recent.reserve(type, fits)
      // As inflating does: some room behind it is written too.
      memory.kernel.bytes.fill(n, at, at + fits + 300)
      if (kept) places.set(recent.keep(type, fits), { fill: n & 255, size: fits, type })
    })
    let found = 0
    for (const [place, { fill, size, type }] of places) {
      const at = recent.find(place)
      if (at < 0) continue
      found++
      expect([recent.sizeAt(at), recent.typeAt(at)]).toEqual([size, type])
      expect(memory.kernel.bytes.subarray(at, at + size).every((byte) => byte === fill)).toBe(true)
    }
    const last = [...places].at(-1)
    if (last !== undefined && objects.at(-1)?.kept === true) expect(recent.find(last[0])).toBeGreaterThan(0)
    if (places.size > 0) expect(found).toBeGreaterThan(0)
    expect(recent.find(-1)).toBe(-1)
  })
  fc.assert(property, options)
})

test('grows with what is kept, to its bounds', () => {
  const memory = new IndexMemory(8 * 1024 * 1024)
  const before = memory.kernel.bytes.length
  const recent = new RecentObjects(memory)
  for (let n = 0; n < 100; n++) {
    recent.reserve(3, 500_000)
    recent.keep(3, 500_000)
  }
  const grown = memory.kernel.bytes.length - before
  expect(grown).toBeGreaterThan(7 * 1024 * 1024)
  expect(grown).toBeLessThanOrEqual(8 * 1024 * 1024 + 65_536)
})
