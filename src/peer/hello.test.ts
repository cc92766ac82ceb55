import { pbStream } from '@libp2p/utils'
import { afterEach, expect, test } from 'vitest'
import { signAttestation } from './attestation.ts'
import { HELLO_PROTOCOL, MAX_AGENT_BYTES, MAX_INTERESTS } from './config.ts'
import { createIdentity } from './identity.ts'
import { Hello, HelloAck, HelloDone, HelloStatus } from './pb/hello.ts'
import { createMemoryPeer, createMemoryPeers, stopPeers } from './testing.ts'
import type { MemoryPeer } from './testing.ts'

let peers: MemoryPeer[] = []
const KEY = new Uint8Array(32).fill(9)
const HEX = '09'.repeat(32)

afterEach(async () => {
  await stopPeers(peers)
  peers = []
})

async function pair(): Promise<[MemoryPeer, MemoryPeer]> {
  peers = await createMemoryPeers(2)
  return peers as [MemoryPeer, MemoryPeer]
}

function stateOf(peer: MemoryPeer, other: MemoryPeer) {
  return peer.peers.get(other.peerId.toString())
}

async function say(from: MemoryPeer, to: MemoryPeer, change: Partial<Hello> = {}) {
  const [connection] = from.components.connectionManager.getConnections(to.peerId)
  if (connection === undefined) throw new Error('Not connected')
  const stream = await connection.newStream(HELLO_PROTOCOL)
  const messages = pbStream(stream)
  await messages.write(
    {
      version: 1,
      agent: 'test',
      capabilities: [],
      nonce: new Uint8Array(32),
      session: new Uint8Array(8),
      attestation: (await signAttestation(from.identity, from.peerId)) as Uint8Array<ArrayBuffer>,
      ...change,
    },
    Hello,
  )
  return { messages, stream, ack: () => messages.read(HelloAck, { signal: AbortSignal.timeout(2000) }) }
}

test('peer:ready comes once a connection, with what both share', async () => {
  const ana = await createMemoryPeer({ name: 'Ana', capabilities: ['sync/1'] })
  const ben = await createMemoryPeer({ name: 'Ben' })
  peers = [ana, ben]
  ana.setInterests([KEY])
  ben.setInterests([KEY, new Uint8Array(32)])
  const ready: unknown[] = []
  ben.peers.on('peer:ready', (state) => ready.push(state))
  await ana.dial(ben)

  expect(ready).toMatchObject([
    { repositories: [HEX], identity: { name: 'Ana', id: ana.identity.id }, capabilities: ['sync/1'], link: 'direct' },
  ])
  expect(stateOf(ana, ben)?.repositories).toEqual([HEX])
})

test('a change of interests, name and capabilities is told to who is connected', async () => {
  const [ana, ben] = await pair()
  ana.setInterests([KEY])
  ben.setInterests([KEY])
  await expect.poll(() => [stateOf(ana, ben)?.repositories, stateOf(ben, ana)?.repositories]).toEqual([[HEX], [HEX]])

  ben.setInterests([])
  await ana.rename('Anna')
  ana.setCapabilities(['keep/1'])
  await expect.poll(() => stateOf(ana, ben)?.repositories).toEqual([])
  await expect.poll(() => stateOf(ben, ana)).toMatchObject({ identity: { name: 'Anna' }, capabilities: ['keep/1'] })
})

// In two parts: who breaks the rules five times is refused.
test.each([
  [0, 4],
  [4, 8],
])('an attestation of somebody else, and fields beyond their limits, end the stream (%i to %i)', async (from, to) => {
  const [ana, ben] = await pair()
  const other = await createIdentity('Other')
  const before = stateOf(ben, ana)?.identity
  const stolen = (await signAttestation(ben.identity, ben.peerId)) as Uint8Array<ArrayBuffer>
  const wrong: Array<Partial<Hello>> = [
    { attestation: stolen },
    { attestation: new Uint8Array(1025) },
    { nonce: new Uint8Array(31) },
    { session: new Uint8Array(9) },
    { agent: 'x'.repeat(MAX_AGENT_BYTES + 1) },
    { capabilities: ['x'.repeat(33)] },
    { capabilities: Array.from({ length: 33 }, (_, index) => String(index)) },
    { agent: 'x'.repeat(20_000) },
  ]

  for (const change of wrong.slice(from, to)) {
    await expect((await say(ana, ben, change)).ack(), JSON.stringify(change).slice(0, 60)).rejects.toThrow()
  }
  expect(stateOf(ben, ana)?.identity).toEqual(before)
  expect(other.id).not.toBe(ana.identity.id)
})

test('one interest over 1,000 is refused', async () => {
  const [ana, ben] = await pair()
  const { messages, stream, ack } = await say(ana, ben, { agent: 'sneaky' })
  expect((await ack()).status).toBe(HelloStatus.OK)
  const closed = new Promise((resolve) => stream.addEventListener('close', resolve, { once: true }))
  await messages.write({ interests: new Uint8Array((MAX_INTERESTS + 1) * 8) }, HelloDone)
  await closed
  expect(stateOf(ben, ana)?.agent).toBe('guts-test')
})

test('who says Hello too often is told when to come back; another version is told so', async () => {
  const [ana, ben] = await pair()
  expect((await (await say(ana, ben, { version: 2 })).ack()).status).toBe(HelloStatus.UNSUPPORTED_VERSION)

  const statuses: HelloStatus[] = []
  for (let count = 0; count < 10; count++) {
    const { ack, stream } = await say(ana, ben)
    const answer = await ack()
    statuses.push(answer.status)
    if (answer.status === HelloStatus.BUSY) expect(answer.retryAfter).toBeGreaterThan(0)
    stream.abort(new Error('enough'))
  }
  expect(statuses[0]).toBe(HelloStatus.OK)
  expect(statuses.at(-1)).toBe(HelloStatus.BUSY)
})

test('a version that cannot be spoken is told to both sides, and the connection ends', async () => {
  const [ana, ben] = await pair()
  // What a later version would say, to a peer of today, and what it would answer.
  await (await say(ana, ben, { version: 2 })).ack()
  await expect.poll(() => stateOf(ben, ana)?.unspoken).toEqual({ ours: 1, theirs: 2 })

  const later = await createMemoryPeer()
  const mute = await createMemoryPeer()
  peers.push(later, mute)
  await later.components.registrar.handle(
    HELLO_PROTOCOL,
    async (stream) => {
      const messages = pbStream(stream)
      await messages.read(Hello)
      const nothing = new Uint8Array(0)
      const ack = { agent: '', capabilities: [], attestation: nothing, nonce: nothing, session: nothing }
      await messages.write(
        { ...ack, status: HelloStatus.UNSUPPORTED_VERSION, version: 7, interests: nothing, retryAfter: 0 },
        HelloAck,
      )
      await stream.close()
    },
    { force: true },
  )
  await mute.components.registrar.unhandle(HELLO_PROTOCOL)
  for (const other of [later, mute]) ana.dial(other).catch(() => undefined)
  await expect.poll(() => stateOf(ana, later)).toMatchObject({ unspoken: { ours: 1, theirs: 7 }, link: null })
  await expect.poll(() => stateOf(ana, mute)).toMatchObject({ unspoken: { ours: 1, theirs: null }, link: null })
  expect(ana.peers.denied()).toEqual([])
})

test('who is understood after all is shown so', async () => {
  const [ana, ben] = await pair()
  await (await say(ana, ben, { version: 2 })).ack()
  await expect.poll(() => stateOf(ben, ana)?.unspoken).not.toBeNull()
  await ana.rename('Anna')
  await expect.poll(() => stateOf(ben, ana)?.unspoken).toBeNull()
})

test('capabilities that nobody knows are left out', async () => {
  const [ana, ben] = await pair()
  const { messages, ack } = await say(ana, ben, { capabilities: ['sync/1', 'magic/9', 'sync/1'], agent: 'new' })
  await ack()
  await messages.write({ interests: new Uint8Array(0) }, HelloDone)
  await expect.poll(() => stateOf(ben, ana)).toMatchObject({ capabilities: ['sync/1'], agent: 'new' })
})
