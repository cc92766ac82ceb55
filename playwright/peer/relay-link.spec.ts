import { call, expect, test } from './rig.ts'

test('a relay that is killed and started again gets its reservations back by itself', async ({ relay, newPage }) => {
  const [ana, ben] = [await newPage(), await newPage()]
  const anaId = await call(ana, 'start', { relays: [relay.address], name: 'Ana' })
  await call(ben, 'start', { relays: [relay.address], name: 'Ben' })
  await call(ana, 'reserved')
  await call(ben, 'reserved')

  await relay.kill()
  await expect.poll(() => call(ana, 'status')).toBe('lost')
  await expect.poll(() => call(ben, 'status')).toBe('lost')
  expect(await call(ana, 'addresses')).toEqual([])

  await relay.start()
  const waits = [await call(ana, 'reserved'), await call(ben, 'reserved')]
  console.log(`reserved again after ${waits.map((wait) => Math.round(wait)).join(' and ')} ms`)
  expect(Math.max(...waits)).toBeLessThan(5000)
  expect((await call(ben, 'connect', anaId)).state).toMatchObject({ link: 'direct' })
})

test('a tab that starts without its relay waits for it', async ({ relay, newPage }) => {
  const page = await newPage()
  await relay.kill()
  const id = await call(page, 'start', { relays: [relay.address], name: 'Ana' })
  await expect.poll(() => call(page, 'status')).toBe('lost')

  await relay.start()
  await call(page, 'reserved')
  await expect.poll(() => call(page, 'addresses')).toContain(`${relay.address}/p2p-circuit/p2p/${id}`)
})

test('a reloaded tab keeps its PeerId and is reachable at once; a second tab of the same browser gets another', async ({
  relay,
  newPage,
}) => {
  const [ana, ben] = [await newPage(), await newPage()]
  const options = { relays: [relay.address], name: 'Ana' }
  const first = await call(ana, 'start', options)
  await call(ana, 'reserved')
  await call(ben, 'start', { relays: [relay.address], name: 'Ben' })
  await call(ben, 'reserved')
  expect((await call(ben, 'connect', first)).state).toMatchObject({ link: 'direct' })

  const second = await ana.context().newPage()
  await second.goto(relay.url)
  await second.waitForFunction(() => 'harness' in globalThis)
  expect(await call(second, 'start', options)).not.toBe(first)

  await ana.reload()
  await ana.waitForFunction(() => 'harness' in globalThis)
  expect(await call(ana, 'start', options)).toBe(first)
  await call(ana, 'reserved')
  const { state, took } = await call(ana, 'connect', await call(ben, 'id'))
  console.log(`connected again ${Math.round(took)} ms after the reload`)
  expect(state).toMatchObject({ link: 'direct', identity: { name: 'Ben' } })
  expect(await call(ben, 'echo', first, 'again')).toBe('again')

  // Tabs of one storage share everything already.
  await expect(call(ana, 'connect', await call(second, 'id'))).rejects.toThrow(/cannot be reached/)
})
