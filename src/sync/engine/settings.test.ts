import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cases } from '../../../playwright/fixtures/cases.ts'
import { decodeSettings, encodeSettings, MAX_KNOWN_HOLDERS, MAX_SEEN, NO_SETTINGS } from './settings.ts'

const full = {
  ...NO_SETTINGS,
  hint: new Uint8Array(32).fill(1),
  sequence: 5,
  hash: 'hash',
  paused: true,
  holders: ['a', 'b'],
  equivocations: [
    {
      identity: 'i',
      writer: 'w',
      sequence: 3,
      envelopes: [new Uint8Array(3), new Uint8Array(4)] as [Uint8Array, Uint8Array],
    },
  ],
  seen: { w: { sequence: 2, hash: new Uint8Array(32).fill(2), envelope: new Uint8Array(5) } },
  packs: ['p'],
}

test('settings come back as they were written', () => {
  expect(decodeSettings(encodeSettings(full))).toEqual(full)
})

test('whatever the bytes, and whatever is in place of a value: settings that can be written again', () => {
  const good = encodeSettings(full)
  const altered = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }).map((edits) => {
    const bytes = good.slice()
    for (const [at, value] of edits) bytes[at] = value
    return bytes
  })
  const fields = Object.keys(full)
  const odd = fc
    .tuple(fc.constantFrom(...fields), fc.jsonValue({ maxDepth: 3 }))
    .map(([field, value]) => new TextEncoder().encode(JSON.stringify({ [field]: value })))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), altered, odd), (bytes) => {
      const settings = decodeSettings(bytes)
      expect(decodeSettings(encodeSettings(settings))).toEqual(settings)
      expect(settings.hint === null || settings.hint instanceof Uint8Array).toBe(true)
    }),
    cases(20240616),
  )
})

test('no more is read than is kept', () => {
  const many = Array.from({ length: MAX_SEEN + 1 }, (_, n) => `${n}`)
  const seen = Object.fromEntries(many.map((name) => [name, full.seen.w]))
  const read = decodeSettings(encodeSettings({ ...full, holders: many, seen }))
  expect(read.holders).toHaveLength(MAX_KNOWN_HOLDERS)
  expect(Object.keys(read.seen)).toHaveLength(MAX_SEEN)
})
