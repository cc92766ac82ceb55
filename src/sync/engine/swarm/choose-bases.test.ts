import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseBases, vouchers, type AdvertisedPack } from './choose-bases.ts'

const pack = (packId: string, size = 100): AdvertisedPack => ({ packId, size })
const ids = (packs: AdvertisedPack[]): string => packs.map(({ packId }) => packId).join('')

describe('the base packs that are fetched', () => {
  test('are those that most have', () => {
    const [one, other] = [[pack('a')], [pack('b', 50)]]
    expect(ids(chooseBases([one, other], [one, one, other]))).toBe('a')
  })

  test('are the fewest bytes where as many have them, and then the lowest id', () => {
    const [big, small, twin] = [[pack('a', 300)], [pack('c', 50), pack('d', 50)], [pack('b', 100)]]
    expect(ids(chooseBases([big, small], [big, small]))).toBe('cd')
    expect(ids(chooseBases([small, twin], [small, twin]))).toBe('b')
  })

  test('are one holder’s list as a whole, counted with those who have more', () => {
    const [short, long] = [[pack('a')], [pack('a'), pack('b')]]
    expect(ids(chooseBases([long], [short, long]))).toBe('ab')
    expect(ids(chooseBases([short, long], [short, long]))).toBe('a')
  })

  test('are none only where nobody has any', () => {
    expect(chooseBases([[], []], [[], []])).toEqual([])
    expect(ids(chooseBases([[], [pack('a')]], [[], [], [pack('a')]]))).toBe('a')
  })

  test('do not depend on who was met first', () => {
    const list = fc.uniqueArray(
      fc.constantFrom('a', 'b', 'c', 'd').map((id) => pack(id, id.charCodeAt(0))),
      {
        selector: ({ packId }) => packId,
        maxLength: 4,
      },
    )
    const property = fc.property(fc.array(list, { minLength: 1, maxLength: 6 }), fc.nat(), (lists, turn) => {
      const at = turn % lists.length
      const turned = [...lists.slice(at), ...lists.slice(0, at)]
      expect(ids(chooseBases(lists, lists))).toBe(ids(chooseBases(turned, turned)))
    })
    fc.assert(property)
  })
})

test('those vouch for a pack whose own list needs nothing else below it', () => {
  const lists: Array<[string, AdvertisedPack[]]> = [
    ['whole', [pack('a'), pack('b')]],
    ['alone', [pack('b')]],
    ['other', [pack('x'), pack('b')]],
    ['none', [pack('a')]],
  ]
  expect(vouchers('b', new Set(['a']), lists)).toEqual(['whole', 'alone'])
})
