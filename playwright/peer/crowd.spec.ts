import { call, expect, peerConnections, test } from './rig.ts'

const TABS = 30
const PAGES = 3

test('thirty tabs that dial one tab at once all reach it directly', async ({ relay, newPage }) => {
  const holder = await newPage()
  const holderId = await call(holder, 'start', { relays: [relay.address], name: 'Holder' })
  await call(holder, 'reserved')
  const pages = await Promise.all(Array.from({ length: PAGES }, () => newPage()))

  await Promise.all(
    pages.map(async (page) => {
      for (let index = 0; index < TABS / PAGES; index++) {
        await call(page, 'start', { relays: [relay.address], name: `Guest ${index}`, inMemory: true })
        await call(page, 'reserved', index)
      }
    }),
  )

  const began = Date.now()
  const results = await Promise.all(
    pages.flatMap((page) => Array.from({ length: TABS / PAGES }, (_, index) => call(page, 'connect', holderId, index))),
  )
  const took = results.map((result) => result.took).sort((a, b) => a - b)
  console.log(
    `${TABS} connected in ${Date.now() - began} ms; median ${Math.round(took[TABS / 2] ?? 0)}, slowest ${Math.round(took[TABS - 1] ?? 0)} ms`,
  )

  expect(results.filter((result) => result.state.link === 'direct')).toHaveLength(TABS)
  await expect
    .poll(async () => (await call(holder, 'peers')).filter((peer) => peer.link === 'direct' && !peer.isRelay).length)
    .toBe(TABS)
  // The relayed links are closed once the direct ones are up.
  await expect.poll(async () => (await peerConnections(holder)).open, { timeout: 20_000 }).toBe(TABS)
})
