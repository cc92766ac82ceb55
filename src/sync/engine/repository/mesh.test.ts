import { afterEach, describe, expect, test, vi } from 'vitest'
import type { GutsPeer, LinkKind } from '../../../peer/index.ts'
import { DialSlots } from '../dial-slots.ts'
import { Mesh } from './mesh.ts'

/** PeerIds, as far as it matters here: text that has an order. */
const NAMES = Array.from({ length: 9 }, (_, n) => `peer ${n}`)

afterEach(() => vi.useRealTimers())

/** `own` among the others; dials end when the test says so. */
function newMesh(own: string, most: number, joined = true) {
  vi.useFakeTimers()
  const links = new Map<string, LinkKind>()
  const dials = new Map<string, () => void>()
  const stop = new AbortController()
  const peer = {
    peerId: { toString: () => own },
    peers: { get: (id: string) => ({ link: links.get(id) ?? null }) },
    connect: (id: string) =>
      new Promise<void>((resolve) => {
        dials.set(id, () => {
          links.set(id, 'direct')
          dials.delete(id)
          resolve()
        })
      }),
  } as unknown as GutsPeer
  const slots = new DialSlots()
  const mesh = new Mesh({
    peer,
    slots,
    signal: stop.signal,
    most: () => most + 1,
    connected: () => (joined ? ['origin'] : []),
    onFound: () => undefined,
    onChange: () => undefined,
  })
  return { mesh, links, dials, slots }
}

describe('those who are named', () => {
  test('are dialled two at a time, as many as are wanted, and not the same ones by all', async () => {
    const first = new Set<string>()
    for (const own of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const { mesh, links, dials } = newMesh(own, 3)
      for (const name of NAMES) mesh.name(`x ${name}`, false)
      await vi.advanceTimersByTimeAsync(0)
      expect(dials.size).toBe(2)
      for (const name of dials.keys()) first.add(name)
      while (dials.size > 0) {
        for (const end of [...dials.values()]) end()
        await vi.advanceTimersByTimeAsync(60_000)
      }
      expect(links.size).toBe(3)
      expect(mesh.dialling).toBe(false)
    }
    expect(first.size).toBeGreaterThan(3)
  })

  test('dial us where their id is the lower one, and are dialled after a while where they do not', async () => {
    const { mesh, links, dials } = newMesh('z', 3)
    mesh.name('a', false)
    mesh.name('b', false)
    await vi.advanceTimersByTimeAsync(2000)
    expect([...dials.keys()]).toEqual([])
    links.set('a', 'relayed')
    await vi.advanceTimersByTimeAsync(1000)
    expect([...dials.keys()]).toEqual(['b'])
  })

  test('have as long for dialling us as our last dial took, where that is longer', async () => {
    const { mesh, dials, slots } = newMesh('z', 3)
    slots.took = 10_000
    mesh.name('a', false)
    await vi.advanceTimersByTimeAsync(9_900)
    expect([dials.size, mesh.dialling]).toEqual([0, true])
    await vi.advanceTimersByTimeAsync(200)
    expect([...dials.keys()]).toEqual(['a'])
    expect(mesh.isDialling('a')).toBe(true)
  })

  test('are dialled at once and all, as far as they are wanted, where they have everything: they dial nobody', async () => {
    const { mesh, dials } = newMesh('z', 3)
    mesh.name('e', false)
    for (const name of ['a', 'b', 'c', 'd']) mesh.name(name, true)
    await vi.advanceTimersByTimeAsync(0)
    expect(dials.size).toBe(3)
    expect(dials.has('e')).toBe(false)
  })

  test('are left alone until somebody who has it is connected, where they only fetch it too', async () => {
    const { mesh, dials } = newMesh('a', 3, false)
    mesh.name('b', false)
    mesh.name('c', true)
    await vi.advanceTimersByTimeAsync(60_000)
    expect([...dials.keys()]).toEqual(['c'])
  })
})
