import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseRollUp, LOOSE_LIMIT, ROLL_UP_FACTOR } from './roll-up.ts'

const options = process.env.GUTS_SEED === undefined ? {} : { seed: Number(process.env.GUTS_SEED) }

function choose(objects: number[], loose = 0): string[] | null {
  return chooseRollUp(
    objects.map((count, n) => ({ key: String(n), objects: count })),
    loose,
  )
}

test('a tail that is well is left alone', () => {
  expect(choose([])).toBeNull()
  expect(choose([100])).toBeNull()
  expect(choose([100, 200, 400, 10_000])).toBeNull()
  expect(choose([100], LOOSE_LIMIT - 1)).toBeNull()
})

test('the small ones become one, with those that are then too small beside it', () => {
  expect(choose([100, 100, 10_000])).toEqual(['0', '1'])
  expect(choose([100, 100, 500], 50)).toEqual(['0', '1'])
  expect(choose([100, 100, 499], 50)).toEqual(['0', '1', '2'])
  expect(choose([10_000, 100, 300, 100])).toEqual(['1', '3', '2'])
  expect(choose([100, 100, 390, 1100])).toEqual(['0', '1', '2', '3'])
})

test('loose objects count as a pack once there are many', () => {
  expect(choose([], LOOSE_LIMIT)).toEqual([])
  expect(choose([10_000], LOOSE_LIMIT)).toEqual([])
  expect(choose([2 * LOOSE_LIMIT - 1, 10_000], LOOSE_LIMIT)).toEqual(['0'])
})

test('whatever the sizes: what is left is in proportion, and nothing needs to be done twice', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 30 })
  const property = fc.property(sizes, fc.nat(2 * LOOSE_LIMIT), (objects, loose) => {
    const chosen = choose(objects, loose)
    if (chosen === null) return
    const sum = chosen.reduce((total, key) => total + (objects[Number(key)] as number), loose)
    const left = objects.filter((_, n) => !chosen.includes(String(n))).concat(sum > 0 ? [sum] : [])
    left.sort((a, b) => a - b)
    left.slice(1).forEach((count, n) => expect(count).toBeGreaterThanOrEqual(ROLL_UP_FACTOR * (left[n] as number)))
    expect(choose(left)).toBeNull()
  })
  fc.assert(property, options)
})
