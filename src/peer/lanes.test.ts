import { afterEach, describe, expect, test, vi } from 'vitest'
import { MAX_CONNECTIONS_PER_PEER, MAX_INBOUND_LANES, MAX_LANES } from './config.ts'
import { directConnections, isLane, markLane } from './components.ts'
import { NoDirectConnectionError, NoLaneError } from './errors.ts'
import { isCrowded } from './lanes.ts'
import { createMemoryPeer, createMemoryPeers, stopPeers, type MemoryPeer } from './testing.ts'
import type { Connection, PeerId } from '@libp2p/interface'

const ECHO = '/guts/echo/1.0.0'
const peers: MemoryPeer[] = []

afterEach(() => stopPeers(peers.splice(0)))

async function pair(): Promise<[MemoryPeer, MemoryPeer]> {
  const [ana, bo] = await createMemoryPeers(2)
  if (ana === undefined || bo === undefined) throw new Error('Two were asked for')
  peers.push(ana, bo)
  // The second dials the first.
  return [bo, ana]
}

const signal = (): AbortSignal => AbortSignal.timeout(5000)
const open = (from: MemoryPeer, to: MemoryPeer): Promise<Connection> =>
  from.openLane(to.peerId.toString(), { signal: signal() })
const between = (from: MemoryPeer, to: MemoryPeer): Connection[] =>
  from.components.connectionManager.getConnections(to.peerId)

describe('a lane', () => {
  test('is a connection that nothing else is sent over, on either side, and no link that anybody sees', async () => {
    const [bo, ana] = await pair()
    const [main] = between(bo, ana)
    const addresses = (): Array<string | null> =>
      [bo, ana].flatMap(({ peers: known }) => known.list().map(({ address }) => address))
    const before = addresses()
    const came = vi.fn()
    for (const peer of [bo, ana]) for (const event of ['peer:ready', 'peer:gone'] as const) peer.peers.on(event, came)
    const lane = await open(bo, ana)
    await vi.waitFor(() => expect(between(ana, bo)).toHaveLength(2))
    expect(between(bo, ana).map(isLane)).toEqual([false, true])
    expect(between(ana, bo).map(isLane)).toEqual([false, true])
    for (const [from, to] of [
      [bo, ana],
      [ana, bo],
    ] as const) {
      await to.handle(ECHO, (stream) => stream.close())
      const { connection } = await from.openStream(to.peerId.toString(), ECHO, { signal: signal() })
      expect(directConnections(from.components, to.peerId)).toEqual([connection])
    }
    expect(main?.status).toBe('open')
    await lane.close()
    await vi.waitFor(() => expect(between(ana, bo)).toHaveLength(1))
    expect(addresses()).toEqual(before)
    expect(came).not.toHaveBeenCalled()
  })

  test('carries streams of our protocols, of which a peer may hold as many open as without', async () => {
    const [bo, ana] = await pair()
    const lane = await open(bo, ana)
    const came = Promise.withResolvers<Connection>()
    await ana.handle(ECHO, (_stream, connection) => came.resolve(connection))
    await lane.newStream(ECHO, { signal: signal() })
    expect(isLane(await came.promise)).toBe(true)
  })

  test('is one of three', async () => {
    const [bo, ana] = await pair()
    // Those that are being dialled count, too.
    const opened = await Promise.allSettled(Array.from({ length: MAX_LANES + 1 }, () => open(bo, ana)))
    expect(opened.filter(({ status }) => status === 'fulfilled')).toHaveLength(MAX_LANES)
    expect(opened.at(-1)).toMatchObject({ reason: expect.any(NoLaneError) as Error })
    await between(bo, ana).at(-1)?.close()
    await open(bo, ana)
  })

  test('stands beside a direct connection, and ends with it', async () => {
    const [bo, ana] = await pair()
    const lane = await open(bo, ana)
    await between(bo, ana)
      .find((connection) => !isLane(connection))
      ?.close()
    await vi.waitFor(() => expect([lane.status, between(ana, bo).length]).toEqual(['aborted', 0]))
    expect(bo.peers.get(ana.peerId.toString())?.link).toBeNull()
    await expect(open(bo, ana)).rejects.toThrow(NoDirectConnectionError)
  })

  test('that Hello is said on is another link: that of a peer that started anew', async () => {
    const [bo, ana] = await pair()
    await bo.components.transportManager.dial(between(bo, ana)[0]!.remoteAddr, { signal: signal() })
    // Not dialled as a lane, and so greeted.
    await vi.waitFor(() => expect(between(ana, bo).map(isLane)).toEqual([false, false]))
    expect(directConnections(ana.components, bo.peerId)).toHaveLength(2)
  })

  test('ends where its peer is refused', async () => {
    const [bo, ana] = await pair()
    const lane = await open(bo, ana)
    await vi.waitFor(() => expect(between(ana, bo)).toHaveLength(2))
    await ana.peers.deny(bo.peerId.toString(), 'a test')
    await vi.waitFor(() => expect(lane.status).not.toBe('open'))
    expect(between(ana, bo)).toHaveLength(0)
  })
})

describe('who takes connections', () => {
  test('takes no more of one peer than it may hold open', async () => {
    const ana = await createMemoryPeer()
    const bo = await createMemoryPeer()
    peers.push(ana, bo)
    await bo.dial(ana)
    const address = between(bo, ana)[0]!.remoteAddr
    for (let n = 1; n < MAX_CONNECTIONS_PER_PEER; n++) {
      await bo.components.transportManager.dial(address, { signal: signal() })
    }
    await vi.waitFor(() => expect(between(ana, bo)).toHaveLength(MAX_CONNECTIONS_PER_PEER))
    const more = bo.components.transportManager.dial(address, { signal: signal() }).then((connection) =>
      // The dialler may have it for a moment.
      vi.waitFor(() => expect(connection.status).not.toBe('open')),
    )
    await more.catch(() => undefined)
    expect(between(ana, bo)).toHaveLength(MAX_CONNECTIONS_PER_PEER)
  })

  test('takes no more lanes than there may be, and a peer that is new all the same', () => {
    const lane = { status: 'open', direct: true, direction: 'inbound' } as Connection
    const known = { toString: () => 'known' } as PeerId
    const crowded = (lanes: number, peer?: PeerId): boolean => {
      const all = Array.from({ length: lanes }, () => ({ ...lane }))
      for (const one of all) markLane(one, true)
      const getConnections = (id?: PeerId): Connection[] => (id === undefined ? all : id === known ? [{ ...lane }] : [])
      const manager = { getConnections } as MemoryPeer['components']['connectionManager']
      return isCrowded({ connectionManager: manager }, peer ?? known)
    }
    expect(crowded(MAX_INBOUND_LANES - 1)).toBe(false)
    expect(crowded(MAX_INBOUND_LANES)).toBe(true)
    expect(crowded(MAX_INBOUND_LANES, { toString: () => 'new' } as PeerId)).toBe(false)
  })
})
