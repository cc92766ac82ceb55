import { call, expect, test } from './rig.ts'

const KEY = Array.from({ length: 32 }, (_, index) => index + 1)

test('gossip and the DHT load late and work through the relay', async ({ relay, newPage }) => {
  const [ana, ben] = [await newPage(), await newPage()]
  const loaded: string[] = []
  ana.on('request', (request) => loaded.push(request.url()))
  const anaId = await call(ana, 'start', { relays: [relay.address], name: 'Ana' })
  await call(ben, 'start', { relays: [relay.address], name: 'Ben' })
  await call(ana, 'reserved')
  await call(ben, 'reserved')
  expect(loaded.filter((url) => /gossip|dht/.test(url))).toEqual([])

  await call(ana, 'follow', KEY)
  await call(ben, 'follow', KEY)
  await expect.poll(() => loaded.filter((url) => /gossip/.test(url)).length).toBe(1)
  // Nobody is connected to anybody but the relay.
  await expect
    .poll(async () => {
      await call(ben, 'publish', KEY, `told at ${Date.now()}`)
      return (await call(ana, 'heard')).length
    })
    .toBeGreaterThan(0)

  await call(ana, 'provide', KEY)
  await expect.poll(() => call(ben, 'find', KEY)).toEqual([anaId])
  expect(loaded.filter((url) => /dht/.test(url))).toHaveLength(1)
})

test('interests that both name are matched, also when they change later, and the relay learns none', async ({
  relay,
  newPage,
}) => {
  const [ana, ben] = [await newPage(), await newPage()]
  const anaId = await call(ana, 'start', { relays: [relay.address], name: 'Ana' })
  const benId = await call(ben, 'start', { relays: [relay.address], name: 'Ben' })
  await call(ana, 'reserved')
  await call(ben, 'reserved')
  await call(ben, 'connect', anaId)

  await call(ana, 'setInterests', [KEY])
  await call(ben, 'setInterests', [KEY, [...KEY].reverse()])
  const hex = KEY.map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const shared = async (page: typeof ana, id: string): Promise<string[] | undefined> =>
    (await call(page, 'peers')).find((peer) => peer.id === id)?.repositories
  await expect.poll(() => shared(ana, benId)).toEqual([hex])
  await expect.poll(() => shared(ben, anaId)).toEqual([hex])
})
