import { call, expect, test } from './rig.ts'

test('two tabs get a direct WebRTC connection through the relay, and it outlives the relay', async ({
  relay,
  newPage,
}) => {
  const [ana, ben] = [await newPage(), await newPage()]
  const anaId = await call(ana, 'start', { relays: [relay.address], name: 'Ana' })
  const benId = await call(ben, 'start', { relays: [relay.address], name: 'Ben' })
  await call(ana, 'reserved')
  await call(ben, 'reserved')
  expect(await call(ana, 'addresses')).toContain(`${relay.address}/p2p-circuit/webrtc/p2p/${anaId}`)

  const { state, took } = await call(ben, 'connect', anaId)
  console.log(`connected in ${Math.round(took)} ms by ${state.address}`)
  expect(state).toMatchObject({ link: 'direct', identity: { name: 'Ana' } })
  expect(state.address).toContain('/webrtc')
  await expect
    .poll(async () => (await call(ana, 'peers')).find((peer) => peer.id === benId))
    .toMatchObject({ link: 'direct', identity: { name: 'Ben' } })
  expect(await call(ben, 'echo', anaId, 'hello')).toBe('hello')

  await relay.kill()
  const speed = await call(ben, 'send', anaId, 20_000_000)
  console.log(`20 MB without the relay at ${speed.toFixed(1)} MB/s`)
  await expect.poll(() => call(ana, 'received')).toBeGreaterThanOrEqual(20_000_000)
  expect(await call(ben, 'status')).toBe('lost')
})
