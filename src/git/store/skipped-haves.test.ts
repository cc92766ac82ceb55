import { expect, test } from 'vitest'
import { utf8 } from '../object/index.ts'
import type { GitObject, Oid } from '../types.ts'
import { skippedHaves } from './skipped-haves.ts'

const oidOf = (n: number): Oid => n.toString(16).padStart(40, '0')

/** Commits by number, each with its parents' numbers, which are lower. */
function history(parents: number[][]) {
  const objects = new Map<Oid, GitObject>()
  parents.forEach((numbers, n) => {
    const lines = numbers.map((parent) => `parent ${oidOf(parent)}\n`).join('')
    const person = `A <a@example.org> ${1_700_000_000 + n} +0000`
    const text = `tree ${'1'.repeat(40)}\n${lines}author ${person}\ncommitter ${person}\n\n${n}\n`
    objects.set(oidOf(n), { type: 'commit', bytes: utf8(text) })
  })
  return {
    read: async (oid: Oid) => objects.get(oid) ?? null,
    info: async () => null,
    has: async (oid: Oid) => objects.has(oid),
  }
}

const line = (length: number) => history(Array.from({ length }, (_, n) => (n === 0 ? [] : [n - 1])))

test('names the tip, the first commit, and between them ever fewer', async () => {
  const named = await skippedHaves(line(1000), [oidOf(999)], 4096)
  const numbers = named.map((oid) => parseInt(oid, 16))
  expect(numbers.slice(0, 5)).toEqual([999, 997, 994, 989, 981])
  expect(numbers.at(-1)).toBe(0)
  expect(numbers.length).toBeLessThan(20)
})

test('whatever is common, about half of what is missing comes twice at most', async () => {
  const length = 3000
  const named = (await skippedHaves(line(length), [oidOf(length - 1)], 4096)).map((oid) => parseInt(oid, 16))
  for (let common = 0; common < length; common++) {
    const found = named.find((n) => n <= common) ?? -1
    const missing = length - 1 - common
    // Gaps are rounded up, each by less than one: there are twenty of them.
    if (found < 0 || common - found > missing / 2 + 5) expect.fail(`${missing} are missing, and ${found} is found.`)
  }
})

test('merges, tips that are not here, and one more than may be named', async () => {
  const merged = history([[], [0], [0], [1, 2], [], [3, 4]])
  const named = await skippedHaves(merged, [oidOf(5), 'f'.repeat(40)], 4096)
  expect(named[0]).toBe(oidOf(5))
  // Both beginnings.
  expect(named).toEqual(expect.arrayContaining([oidOf(0), oidOf(4)]))
  expect(new Set(named).size).toBe(named.length)
  const many = history(Array.from({ length: 11 }, () => []))
  const tips = Array.from({ length: 11 }, (_, n) => oidOf(n))
  expect(await skippedHaves(many, tips, 10)).toHaveLength(10)
  expect(await skippedHaves(many, tips, 11)).toHaveLength(11)
})
