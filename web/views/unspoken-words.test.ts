import { expect, test } from 'vitest'
import type { PeerState } from '../../src/peer/index.ts'
import { describeUnspoken, findUnspoken } from './unspoken-words.ts'

const peer = (theirs: number | null, lastSeen = 1_000_000): PeerState =>
  ({ unspoken: { ours: 1, theirs }, lastSeen }) as PeerState

test('a newer version is what one can do something about, an older one is for the others', () => {
  expect(describeUnspoken({ ours: 1, theirs: 2 })).toContain('Reload this page')
  expect(describeUnspoken({ ours: 2, theirs: 1 })).toContain('reloaded there')
  expect(describeUnspoken({ ours: 1, theirs: null })).toContain('another app')
})

test('it is said for a while, the newest version first, and not of devices that are understood', () => {
  const understood = { ...peer(1), unspoken: null }
  expect(findUnspoken([understood], 1_000_000)).toBeNull()
  expect(findUnspoken([peer(null), peer(3), peer(2), understood], 1_200_000)?.theirs).toBe(3)
  expect(findUnspoken([peer(null)], 1_000_000)).toEqual({ ours: 1, theirs: null })
  expect(findUnspoken([peer(3)], 1_300_000)).toBeNull()
})
