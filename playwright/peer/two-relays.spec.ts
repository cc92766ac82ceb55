import { freePort } from '../support/relay-process.ts'
import { BareRelay, call, expect, test } from './rig.ts'

const KEY = Array.from({ length: 32 }, (_, index) => 32 - index)

test('tabs of two relays find each other, hear each other and connect directly', async ({ relay, built, newPage }) => {
  const second = new BareRelay(await freePort(), built, { keys: 'second-keys', bootstrap: [relay.address] })
  await second.start()
  try {
    const [ana, ben] = [await newPage(), await newPage()]
    const anaId = await call(ana, 'start', { relays: [relay.address], name: 'Ana' })
    await call(ben, 'start', { relays: [second.address], furtherRelays: [relay.address], name: 'Ben' })
    await Promise.all([call(ana, 'reserved'), call(ben, 'reserved')])

    await call(ana, 'provide', KEY)
    await expect.poll(() => call(ben, 'find', KEY)).toEqual([anaId])

    await call(ben, 'follow', KEY)
    await expect
      .poll(async () => {
        await call(ana, 'publish', KEY, `told at ${Date.now()}`)
        return (await call(ben, 'heard')).length
      })
      .toBeGreaterThan(0)

    const { state } = await call(ben, 'connect', anaId)
    expect(state).toMatchObject({ link: 'direct', identity: { name: 'Ana' } })
    expect(await call(ben, 'echo', anaId, 'hello')).toBe('hello')
  } finally {
    await second.kill()
  }
})
