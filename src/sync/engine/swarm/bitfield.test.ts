import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cases } from '../../../../playwright/fixtures/cases.ts'
import { isWhole } from '../repository/pack-sources.ts'
import { Bitfield } from './bitfield.ts'

const MAX_CHUNKS = 300

test('whatever the bytes, of whatever length: the chunks whose bits are set, and no others', () => {
  const sent = fc.uint8Array({ maxLength: MAX_CHUNKS / 8 + 10 })
  fc.assert(
    fc.property(fc.nat(MAX_CHUNKS), sent, sent, (length, bytes, more) => {
      const field = Bitfield.from(length, bytes)
      const bits = Array.from({ length }, (_, n) => (((bytes[n >> 3] ?? 0) << (n & 7)) & 0x80) !== 0)
      expect(bits.map((_, n) => field.has(n))).toEqual(bits)
      expect([field.has(length), field.has(-1), field.has(length + 8)]).toEqual([false, false, false])
      expect(field.count).toBe(bits.filter(Boolean).length)
      expect(field.complete).toBe(field.count === length)
      const again = Bitfield.from(length, field.bytes())
      expect([field.bytes().length, again.equals(field)]).toEqual([Math.ceil(length / 8), true])
      again.add(Bitfield.from(length, more))
      const either = bits.map((bit, n) => bit || (((more[n >> 3] ?? 0) << (n & 7)) & 0x80) !== 0)
      expect([again.count, either.map((_, n) => again.has(n))]).toEqual([either.filter(Boolean).length, either])
    }),
    cases(20240614),
  )
})

test('all that a field of unknown length may be is told from what it cannot be', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: MAX_CHUNKS }), fc.nat(MAX_CHUNKS), (length, hole) => {
      const field = Bitfield.full(length)
      const told = () => ({ bitfield: field.bytes(), offer: false })
      expect(isWhole(told())).toBe(true)
      // Without its last chunks it looks like the whole of a shorter pack.
      if (hole >= length - (length % 8 || 8)) return
      field.clear(hole)
      expect(isWhole(told())).toBe(false)
    }),
    cases(20240615),
  )
})
