import { call, expect, peerConnections, test } from './rig.ts'

/** Who wins is chance, so that each way is met. */
const ROUNDS = process.env.GUTS_LONG === '1' ? 20 : 4

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

test('a tab that is closed is gone for the others at once', async ({ relay, newPage }) => {
  const [ana, ben, cleo] = [await newPage(), await newPage(), await newPage()]
  const anaId = await call(ana, 'start', { relays: [relay.address], name: 'Ana' })
  const benId = await call(ben, 'start', { relays: [relay.address], name: 'Ben' })
  const cleoId = await call(cleo, 'start', { relays: [relay.address], name: 'Cleo' })
  await Promise.all([call(ana, 'reserved'), call(ben, 'reserved'), call(cleo, 'reserved')])
  await call(ben, 'connect', anaId)
  await call(cleo, 'connect', anaId)
  const link = async (id: string): Promise<unknown> => (await call(ana, 'peers')).find((peer) => peer.id === id)?.link

  expect([await link(benId), await link(cleoId)]).toEqual(['direct', 'direct'])
  await call(ben, 'stop')
  await expect.poll(() => link(benId), { timeout: 2000 }).toBeNull()
  await cleo.close()
  await expect.poll(() => link(cleoId), { timeout: 2000 }).toBeNull()
})

test('two tabs that dial each other at the same moment end up directly connected', async ({ relay, newPage }) => {
  const [ana, ben] = [await newPage(), await newPage()]

  for (let round = 0; round < ROUNDS; round++) {
    const anaId = await call(ana, 'start', { relays: [relay.address], name: 'Ana', inMemory: true })
    const benId = await call(ben, 'start', { relays: [relay.address], name: 'Ben', inMemory: true })
    await Promise.all([call(ana, 'reserved'), call(ben, 'reserved')])
    const results = await Promise.all([call(ana, 'connect', benId), call(ben, 'connect', anaId)])

    console.log(`both dialled: ${results.map(({ took }) => Math.round(took)).join(' and ')} ms`)
    expect(results.map(({ state }) => state.link)).toEqual(['direct', 'direct'])
    expect(await call(ana, 'echo', benId, 'hello')).toBe('hello')
    expect(await call(ben, 'echo', anaId, 'hello')).toBe('hello')
    // One of two is enough.
    await expect.poll(async () => (await peerConnections(ana)).open).toBe(1)
    await expect.poll(async () => (await peerConnections(ben)).open).toBe(1)
    expect(await call(ben, 'echo', anaId, 'hello')).toBe('hello')
    await call(ana, 'stop')
    await call(ben, 'stop')
  }
})
