import { expect, test } from 'vitest'
import { peerIdFromRawKey } from '../../../peer/index.ts'
import { MAX_HOLDERS } from '../../wire/index.ts'
import { namedHolders } from './named-holders.ts'
import type { ClientSession } from '../client/session.ts'

function session(seed: number, relayed = false): ClientSession {
  const remotePeer = peerIdFromRawKey(new Uint8Array(32).fill(seed))
  return { peer: remotePeer.toString(), relayed, connection: { remotePeer } } as unknown as ClientSession
}

test('who fetches it is named when it is reached directly, who has it all in any case, and the asker never', () => {
  const [asker, has, fetches, direct] = [session(1), session(2, true), session(3, true), session(4)]
  const named = namedHolders([asker, has, fetches, direct], asker.peer, (one) => one === has)
  expect(named.map(({ key, complete }) => [key[0], complete])).toEqual([
    [2, true],
    [4, false],
  ])
})

test('no more are named than a message may have', () => {
  const many = Array.from({ length: MAX_HOLDERS + 1 }, (_, n) => session(n + 1))
  expect(namedHolders(many, 'asker', () => true)).toHaveLength(MAX_HOLDERS)
})
