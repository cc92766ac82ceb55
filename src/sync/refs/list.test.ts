import { execFileSync, spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { CASES_TIMEOUT, cases } from '../../../playwright/fixtures/cases.ts'
import { RefsListError } from './errors.ts'
import { DELETED, decodeRefsList, encodeRefsList, entriesOf, type SignedRef } from './list.ts'
import { branchProblem, refNameProblem } from './names.ts'

vi.setConfig({ testTimeout: CASES_TIMEOUT })

const seed = Number(process.env['FUZZ_SEED'] ?? 1)
const oid = (n: number): string => n.toString(16).padStart(40, '0')
const ref = (name: string, n = 1, replaces: string[] = []): SignedRef => ({ name, oid: oid(n), replaces })
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

const anyOid = fc.integer({ min: 1, max: 2 ** 31 }).map(oid)
const anyName = fc
  .tuple(
    fc.constantFrom('refs/heads/', 'refs/tags/'),
    fc.string({ unit: fc.constantFrom('a', 'b', 'é', '-', '.', '0'), minLength: 1, maxLength: 8 }),
  )
  .map(([root, short]) => root + short)
  .filter((name) => refNameProblem(name) == null)
const anyRef: fc.Arbitrary<SignedRef> = fc.record({
  name: anyName,
  oid: fc.option(anyOid, { nil: null }),
  replaces: fc.uniqueArray(fc.oneof(anyOid, fc.constant(DELETED)), { maxLength: 5 }).map((oids) => oids.sort()),
})
const anyList = fc.uniqueArray(anyRef, { selector: ({ name }) => name, maxLength: 30 })

test('the exact bytes', () => {
  const bytes = encodeRefsList([
    ref('refs/tags/v1', 2),
    { name: 'refs/heads/x', oid: null, replaces: [oid(9), oid(8), oid(9)] },
  ])
  expect(new TextDecoder().decode(bytes)).toBe(
    `refs/heads/x\0${DELETED} ${oid(8)} ${oid(9)}\nrefs/tags/v1\0${oid(2)}\n`,
  )
  expect(entriesOf(decodeRefsList(bytes))).toEqual([{ name: 'refs/tags/v1', oid: oid(2) }])
  expect(encodeRefsList([])).toEqual(new Uint8Array(0))
})

test(`what is encoded is decoded, sorted by bytes (seed ${seed})`, () => {
  fc.assert(
    fc.property(anyList, (refs) => {
      const bytes = encodeRefsList(refs)
      const decoded = decodeRefsList(bytes)
      expect(encodeRefsList(decoded)).toEqual(bytes)
      expect(new Map(decoded.map((entry) => [entry.name, entry]))).toEqual(
        new Map(refs.map((entry) => [entry.name, entry])),
      )
      const names = decoded.map(({ name }) => Buffer.from(name))
      expect([...names].sort((a, b) => Buffer.compare(a, b))).toEqual(names)
    }),
    { seed, numRuns: 300 },
  )
})

test(`a list has one encoding: altered bytes are another list or refused (seed ${seed})`, () => {
  const altered = fc.tuple(anyList.map(encodeRefsList), fc.nat(), fc.nat(255)).map(([bytes, at, value]) => {
    if (bytes.byteLength > 0) bytes[at % bytes.byteLength] = value
    return bytes
  })
  fc.assert(
    fc.property(fc.oneof(altered, fc.uint8Array({ maxLength: 120 })), (bytes) => {
      try {
        expect(encodeRefsList(decodeRefsList(bytes))).toEqual(Uint8Array.from(bytes))
      } catch (error) {
        expect(error).toBeInstanceOf(RefsListError)
      }
    }),
    cases(seed),
  )
})

test.each([
  ['cut off', `refs/heads/a\0${oid(1)}`],
  ['upper case', `refs/heads/a\0${'A'.repeat(40)}\n`],
  ['unsorted', `refs/heads/b\0${oid(1)}\nrefs/heads/a\0${oid(1)}\n`],
  ['twice', `refs/heads/a\0${oid(1)}\nrefs/heads/a\0${oid(2)}\n`],
  ['unsorted replaces', `refs/heads/a\0${oid(1)} ${oid(3)} ${oid(2)}\n`],
  ['a remote ref', `refs/remotes/origin/a\0${oid(1)}\n`],
  ['HEAD', `HEAD\0${oid(1)}\n`],
  ['a stash', `refs/stash\0${oid(1)}\n`],
  ['a directory in the way', `refs/heads/a\0${oid(1)}\nrefs/heads/a/b\0${oid(1)}\n`],
  ['an escape', `refs/heads/\u001b[2J\0${oid(1)}\n`],
])('refused: %s', (_, list) => {
  expect(() => decodeRefsList(text(list))).toThrow(RefsListError)
})

test('10,000 refs are taken, and 10,001 are not', () => {
  const refs = Array.from({ length: 10_001 }, (_, i) => ref(`refs/heads/${i}`))
  expect(decodeRefsList(encodeRefsList(refs.slice(1)))).toHaveLength(10_000)
  expect(() => encodeRefsList(refs)).toThrow(/10000 refs/)
})

test('a list of more than 1,000,000 bytes is refused', () => {
  const refs = Array.from({ length: 4000 }, (_, i) => ref(`refs/heads/${i}-${'n'.repeat(220)}`))
  expect(() => encodeRefsList(refs)).toThrow(/1000000 bytes/)
})

test('an entry replaces 64 values, and no 65', () => {
  const oids = Array.from({ length: 65 }, (_, i) => oid(i + 1))
  expect(decodeRefsList(encodeRefsList([ref('refs/heads/a', 1, oids.slice(1))]))[0]?.replaces).toHaveLength(64)
  expect(() => encodeRefsList([ref('refs/heads/a', 1, oids)])).toThrow(/64 values/)
})

test('a name of 255 bytes is taken, and one of 256 is not', () => {
  expect(branchProblem('n'.repeat(244))).toBeNull()
  expect(branchProblem('n'.repeat(245))).not.toBeNull()
  expect(refNameProblem(`refs/tags/${'n'.repeat(245)}`)).toBeNull()
  expect(refNameProblem(`refs/tags/${'n'.repeat(246)}`)).not.toBeNull()
})

test(`what is taken, git takes too, and what git refuses is refused (seed ${seed})`, () => {
  expect(execFileSync('git', ['--version']).toString()).toContain('git version')
  const unit = fc.constantFrom(
    'a',
    '/',
    '.',
    '-',
    '@',
    '{',
    '~',
    '^',
    ':',
    '?',
    '*',
    '[',
    '\\',
    ' ',
    '\u007f',
    '\u0001',
    '.lock',
    'HEAD',
    'é',
  )
  const short = fc.string({ unit, minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(short, (name) => {
      const git = spawnSync('git', ['check-ref-format', '--branch', name]).status === 0
      // `@{-1}` names another branch to git; nothing else differs in what is made here.
      expect({ name, taken: branchProblem(name) == null }).toEqual({ name, taken: git })
    }),
    { seed, numRuns: 250 },
  )
})
