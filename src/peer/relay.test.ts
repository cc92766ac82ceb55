import { afterEach, expect, test } from 'vitest'
import { rawKeyFromPeerId } from './identity.ts'
import { startTestPeer, startTestRelay, whenReserved } from './relay-fixture.ts'
import { stopPeers, whenReady } from './testing.ts'
import type { GutsPeer } from './types.ts'

const running: GutsPeer[] = []

function keep<T extends GutsPeer>(peer: T): T {
  running.push(peer)
  return peer
}

afterEach(async () => {
  await stopPeers(running.splice(0))
})

test('a peer reserves on its relay, says Hello to it, and others reach it through the relay', async () => {
  const relay = await startTestRelay()
  keep(relay.peer)
  const ana = keep(await startTestPeer('ana', [relay.address]))
  const ben = keep(await startTestPeer('ben', [relay.address]))
  await Promise.all([whenReserved(ana), whenReserved(ben), whenReady(ana, relay.peer.peerId.toString())])

  expect(ana.addresses()).toEqual([`${relay.address}/p2p-circuit/p2p/${ana.peerId.toString()}`])
  expect(ana.peers.get(relay.peer.peerId.toString())).toMatchObject({
    isRelay: true,
    link: 'direct',
    capabilities: ['relay/1'],
    identity: { name: 'relay' },
  })
  expect(relay.peer.counts.reservations()).toBe(2)

  const state = await ben.connect(ana.peerId.toString(), { signal: AbortSignal.timeout(10_000) })
  expect(state).toMatchObject({ link: 'relayed', identity: { name: 'ana' } })
  await whenReady(ana, ben.peerId.toString())
  expect(ana.peers.get(ben.peerId.toString())).toMatchObject({ link: 'relayed', identity: { name: 'ben' } })
})

test('a configured relay is never refused for its conduct, only for what is proven', async () => {
  const relay = await startTestRelay()
  keep(relay.peer)
  const ana = keep(await startTestPeer('ana', [relay.address]))
  const id = relay.peer.peerId.toString()
  await whenReserved(ana)
  for (let n = 0; n < 20; n++) ana.peers.penalise(id, 'flood')
  expect([ana.peers.denied(), ana.peers.get(id)?.score]).toEqual([[], -100])
  await ana.peers.deny(id, 'a forged signature')
  await expect.poll(() => ana.peers.get(id)?.link).toBeNull()
})

test('who provides a discovery key is found under it by others', async () => {
  const relay = await startTestRelay()
  keep(relay.peer)
  const ana = keep(await startTestPeer('ana', [relay.address]))
  const ben = keep(await startTestPeer('ben', [relay.address]))
  await Promise.all([whenReserved(ana), whenReserved(ben)])
  const key = crypto.getRandomValues(new Uint8Array(32))

  ana.discovery.provide(key)

  await expect
    .poll(
      async () => {
        const found: string[] = []
        for await (const peer of ben.discovery.find(key, { signal: AbortSignal.timeout(5000) })) {
          found.push(peer.toString())
        }
        return found
      },
      { timeout: 10_000 },
    )
    .toEqual([ana.peerId.toString()])
})

test('a hint is enough to connect, to a relay that is a holder too', async () => {
  const relay = await startTestRelay({}, { capabilities: ['sync/1'] })
  keep(relay.peer)
  const ana = keep(await startTestPeer('ana', [relay.address]))
  const ben = keep(await startTestPeer('ben', [relay.address]))
  await Promise.all([whenReserved(ana), whenReserved(ben)])
  const signal = AbortSignal.timeout(10_000)
  const hint = (peer: GutsPeer): Uint8Array => rawKeyFromPeerId(peer.peerId) ?? new Uint8Array(0)

  expect(await ana.connect(hint(relay.peer), { signal })).toMatchObject({
    link: 'direct',
    isRelay: true,
    capabilities: ['relay/1', 'sync/1'],
  })
  expect(await ana.connect(hint(ben), { signal })).toMatchObject({ link: 'relayed', identity: { name: 'ben' } })

  await ben.handle('/guts/test/1.0.0', (stream) => void stream.close(), { allowRelayed: true })
  const open = (allowRelayed: boolean) =>
    ana.openStream(ben.peerId.toString(), '/guts/test/1.0.0', { signal, allowRelayed })
  await expect(open(false)).rejects.toThrow('no direct connection')
  expect((await open(true)).connection.limits).toBeDefined()
})

test('what cannot be reached is said soon, and why', async () => {
  const relay = await startTestRelay()
  keep(relay.peer)
  const ana = keep(await startTestPeer('ana', [relay.address]))
  await whenReserved(ana)
  const signal = AbortSignal.timeout(10_000)

  await expect(ana.connect(new Uint8Array(32).fill(1), { signal })).rejects.toMatchObject({ name: 'UnreachableError' })
  await expect(ana.connect(ana.peerId.toString(), { signal })).rejects.toThrow('our own address')
  await expect(ana.connect('nonsense', { signal })).rejects.toThrow('no PeerId')
  await expect(ana.connect(new Uint8Array(31), { signal })).rejects.toThrow('32 bytes')
  expect(signal.aborted).toBe(false)
})
