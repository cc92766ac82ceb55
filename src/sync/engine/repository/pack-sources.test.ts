import { describe, expect, test } from 'vitest'
import { CHUNK_BYTES } from '../../wire/index.ts'
import { Bitfield } from '../swarm/bitfield.ts'
import { PackSources } from './pack-sources.ts'
import type { ClientSession, RemotePack, ToldHave } from '../client/session.ts'

const CHUNKS = 10
const pack: RemotePack = { packId: 'aa', size: CHUNKS * CHUNK_BYTES, objects: 1, verified: true }

/** What a holder says, and how often its inventory was asked for. */
function holder(packs: RemotePack[], haves: Record<string, ToldHave> = {}) {
  const asked = { count: 0 }
  const inventory = async (): Promise<RemotePack[]> => {
    asked.count++
    return packs
  }
  const told = new Map(Object.entries(haves))
  const session = { peer: 'ana', relayed: false, open: true, haves: told, inventory } as unknown as ClientSession
  return { session, asked, sources: new PackSources(() => [session]) }
}

const some = (bits: number): ToldHave => {
  const field = new Bitfield(CHUNKS)
  for (let chunk = 0; chunk < bits; chunk++) field.set(chunk)
  return { bitfield: field.bytes(), offer: false }
}

describe('a holder', () => {
  test('has all where it advertises packs, and told of none that it has only parts of it', () => {
    const cases: Array<[expected: boolean, packs: RemotePack[], haves: Record<string, ToldHave>]> = [
      [true, [pack], {}],
      [true, [pack], { aa: { ...some(3), offer: true } }],
      [true, [{ ...pack, verified: false }], { aa: some(CHUNKS) }],
      [false, [], {}],
      [false, [{ ...pack, verified: false }], {}],
      [false, [], { aa: some(3) }],
      [false, [pack], { aa: some(0) }],
    ]
    for (const [expected, packs, haves] of cases) {
      const { session, sources } = holder(packs, haves)
      sources.inventory(session.peer, packs)
      expect(sources.isWhole(session)).toBe(expected)
    }
  })

  test('is asked again for its inventory at once where it fetched the pack itself when it answered', async () => {
    const { signal } = new AbortController()
    for (const [times, before] of [
      [0, [pack]],
      [1, [{ ...pack, verified: false }]],
    ] as const) {
      const { session, asked, sources } = holder([pack])
      sources.inventory(session.peer, [...before])
      await sources.refresh(session, signal)
      expect([asked.count, sources.advertised(session)]).toEqual([times, [pack]])
    }
    // It told of chunks before it said anything of packs.
    const { session, asked, sources } = holder([pack], { aa: some(CHUNKS) })
    sources.inventory(session.peer, [])
    await sources.refresh(session, signal)
    expect([asked.count, sources.advertised(session)]).toEqual([1, [pack]])
  })
})
