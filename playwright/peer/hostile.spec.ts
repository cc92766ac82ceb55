import { call, expect, peerConnections, test } from './rig.ts'

test('a flood of malformed signalling costs a tab few peer connections and keeps nobody else out', async ({
  relay,
  newPage,
}) => {
  const [victim, attacker, friend] = [await newPage(), await newPage(), await newPage()]
  const victimId = await call(victim, 'start', { relays: [relay.address], name: 'Victim' })
  await call(victim, 'reserved')
  const friendStarted = call(friend, 'start', { relays: [relay.address], name: 'Friend' })

  await attacker.evaluate(
    (address) => globalThis.harness.attacker.start(address),
    `${relay.address}/p2p-circuit/p2p/${victimId}`,
  )
  const flood = await attacker.evaluate(() => globalThis.harness.attacker.flood(60))
  const counts = await peerConnections(victim)
  console.log(
    `flood opened ${flood.opened} streams; the victim made ${counts.made} peer connections, ${counts.open} open`,
  )
  expect(counts.open).toBeLessThanOrEqual(2)
  expect(counts.made).toBeLessThanOrEqual(64)

  await friendStarted
  await call(friend, 'reserved')
  expect((await call(friend, 'connect', victimId)).state).toMatchObject({ link: 'direct' })
})

test('a denied peer is disconnected at once and does not come back', async ({ relay, newPage }) => {
  const [ana, mallory] = [await newPage(), await newPage()]
  const anaId = await call(ana, 'start', { relays: [relay.address], name: 'Ana' })
  const malloryId = await call(mallory, 'start', { relays: [relay.address], name: 'Mallory' })
  await call(ana, 'reserved')
  await call(mallory, 'reserved')
  expect((await call(mallory, 'connect', anaId)).state).toMatchObject({ link: 'direct' })
  expect((await peerConnections(ana)).open).toBe(1)

  await call(ana, 'deny', malloryId)
  expect((await peerConnections(ana)).open).toBe(0)
  expect((await call(ana, 'peers')).find((peer) => peer.id === malloryId)?.link).toBeNull()
  await expect
    .poll(async () => (await call(mallory, 'peers')).find((peer) => peer.id === anaId)?.link, { timeout: 2000 })
    .toBeNull()
  await expect(call(mallory, 'connect', anaId)).rejects.toThrow(/cannot be reached/)
  await expect(call(ana, 'connect', malloryId)).rejects.toThrow(/refused/)

  // A relay too: its WebSocket is really closed.
  const relayId = relay.address.split('/').at(-1) ?? ''
  await call(ana, 'deny', relayId)
  await expect.poll(() => call(ana, 'status')).toBe('lost')
  expect((await call(ana, 'peers')).find((peer) => peer.id === relayId)?.link).toBeNull()
})
