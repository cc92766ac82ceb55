import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_LIST_BYTES } from '../wire/limits.ts'
import { RefsListError } from './errors.ts'
import { applyChanges, changesOf } from './list-changes.ts'
import { encodeRefsList, type SignedRef } from './list.ts'
import { refNameProblem } from './names.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? 1)
const oid = (n: number): string => n.toString(16).padStart(40, '0')
const ref = (name: string, n = 1): SignedRef => ({ name, oid: oid(n), replaces: [] })
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

const anyRef: fc.Arbitrary<SignedRef> = fc.record({
  name: fc
    .string({ unit: fc.constantFrom('a', 'b', 'é', '-', '.'), minLength: 1, maxLength: 4 })
    .map((short) => `refs/heads/${short}`)
    .filter((name) => refNameProblem(name) == null),
  oid: fc.option(fc.integer({ min: 1, max: 3 }).map(oid), { nil: null }),
  replaces: fc.uniqueArray(fc.integer({ min: 1, max: 3 }).map(oid), { maxLength: 2 }).map((oids) => oids.sort()),
})
const anyList = fc.uniqueArray(anyRef, { selector: ({ name }) => name, maxLength: 30 }).map(encodeRefsList)

test('the exact bytes', () => {
  const before = encodeRefsList([ref('refs/heads/a'), ref('refs/heads/b'), ref('refs/heads/c')])
  const after = encodeRefsList([ref('refs/heads/b', 2), ref('refs/heads/bb', 3), ref('refs/heads/c')])
  const changes = changesOf(before, after)
  expect(new TextDecoder().decode(changes)).toBe(`refs/heads/a\nrefs/heads/b\0${oid(2)}\nrefs/heads/bb\0${oid(3)}\n`)
  expect(applyChanges(before, changes)).toEqual(after)
  expect(changesOf(after, after)).toEqual(new Uint8Array(0))
})

test(`changes make one list of another (seed ${seed})`, () => {
  fc.assert(
    fc.property(anyList, anyList, (before, after) => {
      expect(applyChanges(before, changesOf(before, after))).toEqual(after)
    }),
    { seed, numRuns: 500 },
  )
})

test(`arbitrary changes are applied or refused, and nothing else (seed ${seed})`, () => {
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.array(fc.constantFrom(0, 10, 97, 98), { maxLength: 40 }).map((bytes) => Uint8Array.from(bytes)),
  )
  fc.assert(
    fc.property(anyList, anyBytes, (before, changes) => {
      try {
        const after = applyChanges(before, changes)
        expect(after.byteLength).toBeLessThanOrEqual(before.byteLength + changes.byteLength)
      } catch (error) {
        expect(error).toBeInstanceOf(RefsListError)
      }
    }),
    { seed, numRuns: 2_000 },
  )
})

test.each([
  ['unsorted', 'refs/heads/b\nrefs/heads/a\n'],
  ['one name twice', 'refs/heads/a\nrefs/heads/a\n'],
  ['cut off', 'refs/heads/a\nrefs/heads/b'],
])('%s changes are refused', (_what, changes) => {
  expect(() => applyChanges(encodeRefsList([ref('refs/heads/a')]), text(changes))).toThrow(RefsListError)
})

test('a list may be as long as it may be, and not one byte longer', () => {
  const before = encodeRefsList([ref('refs/heads/a')])
  const rest = MAX_LIST_BYTES - before.byteLength
  const line = (bytes: number): Uint8Array => text(`refs/heads/b${'b'.repeat(bytes - 14)}\0\n`)
  expect(applyChanges(before, line(rest))).toHaveLength(MAX_LIST_BYTES)
  expect(() => applyChanges(before, line(rest + 1))).toThrow(/1000000/)
})
