import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect, test } from 'vitest'
import { EMPTY_LOOKUP_MEMORY, LOOKUP_BUCKET, LOOKUP_MEMORY, MAX_FOUND_PROVIDERS, MAX_LOOKUPS } from './config.ts'
import { RelayLookups } from './relay-lookups.ts'
import type { ProvidersHandler, ProvidersMessage, RecordedPeer } from './relay-lookups.ts'

const peer = async () => peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
const [tab, other, relayA, relayB] = await Promise.all([peer(), peer(), peer(), peer()])
const record = (id: number, ...addresses: number[]): RecordedPeer => ({
  id: Uint8Array.of(id, id >> 8),
  multiaddrs: addresses.map((address) => Uint8Array.of(address)),
})

function setUp(answers: Record<string, RecordedPeer[] | Error> = {}, local: RecordedPeer[] = []) {
  const now = { value: 0 }
  const asked: string[] = []
  const errors: string[] = []
  const handler: ProvidersHandler<ProvidersMessage> = {
    handle: async (_, { key }) => ({ key, providers: local }),
  }
  new RelayLookups({
    others: () => [relayA, relayB],
    isRelay: (id) => [relayA.toString(), relayB.toString()].includes(id),
    ask: async (relay) => {
      asked.push(relay.toString())
      const answer = answers[relay.toString()] ?? []
      if (answer instanceof Error) throw answer
      return answer
    },
    onError: (relay) => errors.push(relay.toString()),
    now: () => now.value,
  }).attach(handler)
  const find = async (key: number, asker = tab) =>
    (await handler.handle(asker, { key: Uint8Array.of(key, key >> 8), providers: [] })).providers
  return { find, handler, now, asked, errors }
}

test('a tab gets what all relays know, each peer once; a relay gets our own', async () => {
  const answers = { [relayA.toString()]: [record(1, 1, 2), record(2, 1)], [relayB.toString()]: [record(2, 2)] }
  const { find, asked } = setUp(answers, [record(1, 3)])
  expect(await find(7)).toEqual([record(1, 3, 1, 2), record(2, 1, 2)])
  expect(asked).toHaveLength(2)
  expect(await find(7, relayA)).toEqual([record(1, 3)])
  expect(asked).toHaveLength(2)
})

test('a relay that does not answer spoils nothing', async () => {
  const { find, errors } = setUp({ [relayA.toString()]: new Error('gone'), [relayB.toString()]: [record(2, 2)] })
  expect(await find(7)).toEqual([record(2, 2)])
  expect(errors).toEqual([relayA.toString()])
})

test('one key is asked for once in five seconds, whoever asks', async () => {
  const { find, now, asked } = setUp({ [relayA.toString()]: [record(1, 1)] })
  await Promise.all([find(7), find(7), find(7, other)])
  expect(asked).toHaveLength(2)
  now.value = LOOKUP_MEMORY
  expect(await find(7)).toEqual([record(1, 1)])
  expect(asked).toHaveLength(4)
})

test('that nobody is known is soon asked again', async () => {
  const { find, now, asked } = setUp()
  await find(7)
  await find(7)
  expect(asked).toHaveLength(2)
  now.value = EMPTY_LOOKUP_MEMORY
  await find(7)
  expect(asked).toHaveLength(4)
})

test('a tab that asks for one key too many is told what this relay knows, and no other tab suffers', async () => {
  const { find, now, asked } = setUp({ [relayA.toString()]: [record(1, 1)] }, [record(9, 9)])
  for (let key = 0; key < LOOKUP_BUCKET.capacity; key++) expect(await find(key)).toHaveLength(2)
  expect(await find(1000)).toEqual([record(9, 9)])
  expect(asked).toHaveLength(2 * LOOKUP_BUCKET.capacity)
  expect(await find(1000, other)).toHaveLength(2)
  now.value = 1000 / LOOKUP_BUCKET.perSecond
  expect(await find(1001)).toHaveLength(2)
})

test('no more peers, addresses and keys are kept than are of use', async () => {
  const many = Array.from({ length: MAX_FOUND_PROVIDERS + 1 }, (_, id) => record(id, ...Array(40).keys()))
  const { find, now, asked } = setUp({ [relayA.toString()]: many })
  const found = await find(0)
  expect([found.length, found[0]?.multiaddrs.length]).toEqual([MAX_FOUND_PROVIDERS, 16])
  for (let key = 1; key <= MAX_LOOKUPS; key++) {
    now.value += 1
    await find(key, await peer())
  }
  // The first was forgotten for the last.
  asked.length = 0
  await find(0, other)
  expect(asked).toHaveLength(2)
}, 60_000)
