import { afterEach, describe, expect, test } from 'vitest'
import { LockstepClock, LockstepProxy } from '../../../playwright/support/lockstep-proxy.ts'
import { openMemoryGitStore } from '../../git/testing.ts'
import { startTestPeer, startTestRelay, whenReserved } from '../../peer/relay-fixture.ts'
import { createRepoSync } from '../repo-sync.ts'
import { until } from './testing/world.ts'
import type { GitStore } from '../../git/index.ts'
import type { NodePeer } from '../../peer/node.ts'
import type { RepoSync } from '../types.ts'

/** From a link to the first file, WebSocket and all; it takes 10 now, and 16 of single links. */
const MAX_ROUND_TRIPS = 14
/** Milliseconds without a byte until everybody is taken to wait for one: far above what a step takes here. */
const QUIET = 100

const stops: Array<() => Promise<unknown> | void> = []

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** A peer with what a tab has, but for WebRTC: what is counted goes over the relay, while a direct link is being made. */
async function visitor(name: string, relay: string): Promise<{ peer: NodePeer; sync: RepoSync; store: GitStore }> {
  const store = await openMemoryGitStore()
  const peer = await startTestPeer(name, [relay])
  const sync = createRepoSync({ store, peer, writer: crypto.getRandomValues(new Uint8Array(16)) })
  await sync.start()
  stops.push(
    () => store.close(),
    () => peer.stop(),
    () => sync.stop(),
  )
  return { peer, sync, store }
}

/**
 * Round trips from opening a link to its first file: TCP, WebSocket, Noise, the dial through the relay, Noise again, the
 * stream with its proof, refs and snapshot; identify, the reservation and Hello go on beside them. `far` are those whose link
 * to the relay is long.
 */
async function roundTrips(far: 'visitor' | 'both'): Promise<number> {
  const clock = new LockstepClock(QUIET)
  const relay = await startTestRelay()
  stops.push(
    () => clock.stop(),
    () => relay.peer.stop(),
  )
  const through = async (): Promise<string> => {
    const proxy = await LockstepProxy.start(relay.port, clock)
    stops.push(() => proxy.stop())
    return relay.address.replace(`/tcp/${relay.port}/`, `/tcp/${proxy.port}/`)
  }
  const ana = await visitor('Ana', far === 'both' ? await through() : relay.address)
  await whenReserved(ana.peer)
  const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
  const link = ana.sync.link(token)
  await clock.rest()
  const from = clock.ticks
  const bo = await visitor('Bo', await through())
  await bo.sync.open(link)
  const state = await until(bo.sync, token, ({ preview }) => preview != null, 60_000)
  const to = clock.ticks
  const commit = state.preview?.commit ?? ''
  expect((await bo.store.tree(token, commit, '', { partial: true })).readme).toBe('README.md')
  expect((await bo.store.blob(token, commit, 'README.md', { partial: true })).size).toBeGreaterThan(0)
  return LockstepClock.roundTrips(from, to)
}

describe('from a link to its first file', () => {
  test(`it takes a visitor at most ${MAX_ROUND_TRIPS} round trips`, async () => {
    const counted = await roundTrips('visitor')
    // TCP, WebSocket, Noise and its agreeing, the relay, Noise again, the stream: were it fewer, the clock would count wrongly.
    expect(counted).toBeGreaterThanOrEqual(8)
    expect(counted).toBeLessThanOrEqual(MAX_ROUND_TRIPS)
  }, 60_000)

  test('where the holder is as far from the relay, each of two links is crossed so often, what goes through both counting twice', async () => {
    expect(await roundTrips('both')).toBeLessThanOrEqual(MAX_ROUND_TRIPS + 4)
  }, 60_000)
})
