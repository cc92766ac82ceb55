import { CHUNK_BYTES } from '../../wire/limits.ts'
import { Bitfield } from './bitfield.ts'
import { Offers } from './offers.ts'
import { ChunkScheduler } from './scheduler.ts'
import type { ChunkRequest } from './source.ts'

export interface CrowdOptions {
  chunks: number
  /** Milliseconds at which each asker comes. */
  joins: number[]
  /** Bytes a millisecond that each can send, to all others together. */
  uplink: number
  /** Milliseconds after its coming until an asker is connected with those that came before; Infinity: never. */
  meshAfter: number
  /** Whether the origin hands out what it has. */
  offers: boolean
  /** Who has all of it from the start, the origin first: one, where nothing else is said. */
  holders?: number
  /** Chunks that each of them sent to others, just before. */
  sentBefore?: number
  /** Milliseconds at which an asker leaves, by its number. */
  leaves?: Record<number, number>
}

export interface CrowdResult {
  /** Chunks that the origin sent. */
  originChunks: number
  /** Chunks that each of those sent who had all from the start. */
  sent: number[]
  /** Milliseconds until all had all. */
  took: number
  complete: boolean
}

interface Node {
  name: string
  joins: number
  has: Bitfield
  /** What the others know of it. */
  told: Bitfield
  toldAt: number
  scheduler: ChunkScheduler | undefined
  /** To send, in the order asked. */
  queue: Array<{ to: Node; request: ChunkRequest; chunk: number; sent: number }>
  gone: boolean
}

const STEP = 10
const TELL_EVERY = 250
const TELL_CHUNKS = 4

interface Origin extends Node {
  offers: Offers
  index: number
  sent: number
}

/** One holder, or several, and who fetch the same from them at once, and from each other, step by step. */
export function simulateCrowd(options: CrowdOptions, limit = 600_000): CrowdResult {
  const { chunks, joins, uplink, meshAfter } = options
  const node = (name: string, join: number, has: Bitfield): Node => {
    const told = Bitfield.from(chunks, has.bytes())
    return { name, joins: join, has, told, toldAt: 0, scheduler: undefined, queue: [], gone: false }
  }
  const { holders = 1, sentBefore = 0 } = options
  const origins = Array.from({ length: holders }, (_, index): Origin => {
    const offers = new Offers(chunks)
    for (let chunk = 0; chunk < sentBefore; chunk++) offers.sent('one before', chunk % chunks, 0)
    return { ...node(`origin ${index}`, 0, Bitfield.full(chunks)), offers, index, sent: 0 }
  })
  const originOf = (from: Node): Origin | undefined => origins.find((origin) => origin === from)
  const askers = joins.map((join, n) => node(`asker ${n}`, join, new Bitfield(chunks)))
  const here = (asker: Node, now: number): boolean => now >= asker.joins && !asker.gone

  const connected = (a: Node, b: Node, now: number): boolean =>
    here(a, now) && here(b, now) && now >= Math.max(a.joins, b.joins) + meshAfter

  const ask = (asker: Node, now: number): void => {
    const { scheduler } = asker
    if (scheduler === undefined) return
    for (const other of askers) {
      if (other !== asker && connected(asker, other, now)) scheduler.update(other.name, other.told, null)
      else scheduler.remove(other.name, now)
    }
    for (const from of [...askers, ...origins]) {
      for (
        let request = scheduler.next(from.name, now);
        request !== undefined;
        request = scheduler.next(from.name, now)
      ) {
        const asked = request
        from.queue.push(...asked.chunks.map((chunk) => ({ to: asker, request: asked, chunk, sent: 0 })))
        if (options.offers) originOf(from)?.offers.asked(asker.name, asked.chunks, now)
      }
    }
  }

  /** All that it owes at once, in turns of a step: as streams share a link. */
  const deliver = (from: Node, now: number): void => {
    const heads = new Map<Node, (typeof from.queue)[number]>()
    for (const item of from.queue) if (!heads.has(item.to)) heads.set(item.to, item)
    for (const item of heads.values()) {
      const part = Math.min((uplink * STEP) / heads.size, CHUNK_BYTES - item.sent)
      item.sent += part
      item.to.scheduler?.bytes(from.name, part, now)
      if (item.sent < CHUNK_BYTES) continue
      from.queue.splice(from.queue.indexOf(item), 1)
      const origin = originOf(from)
      if (origin !== undefined) origin.sent++
      if (options.offers) origin?.offers.sent(item.to.name, item.chunk, now)
      const came = item.to.scheduler?.came(item.request, item.chunk, now)
      if (came?.fresh === true) {
        item.to.scheduler?.stored(item.chunk, now)
        item.to.has.set(item.chunk)
      }
    }
  }

  const tell = (asker: Node, now: number): void => {
    const fresh = asker.has.count - asker.told.count
    if (fresh === 0 || (fresh < TELL_CHUNKS && now - asker.toldAt < TELL_EVERY && !asker.has.complete)) return
    asker.told = Bitfield.from(chunks, asker.has.bytes())
    asker.toldAt = now
    for (const { offers } of origins) offers.has(asker.name, asker.told, now)
  }

  let now = 0
  const left = (): Node[] => askers.filter(({ gone, has }) => !gone && !has.complete)
  for (; now < limit && left().length > 0; now += STEP) {
    for (const [n, asker] of askers.entries()) {
      if (now >= (options.leaves?.[n] ?? Infinity) && !asker.gone) {
        asker.gone = true
        for (const { offers } of origins) offers.leave(asker.name)
        for (const other of [...origins, ...askers]) other.queue = other.queue.filter(({ to }) => to !== asker)
        continue
      }
      if (!here(asker, now)) continue
      if (asker.scheduler === undefined) {
        asker.scheduler = new ChunkScheduler({ chunks, here: new Bitfield(chunks), now })
        asker.scheduler.patience = 3000
        for (const { offers, name, has } of origins) {
          offers.has(asker.name, asker.told, now)
          asker.scheduler.update(name, has, null)
        }
      }
    }
    for (const origin of options.offers ? origins : []) {
      for (const [name, offered] of origin.offers.changes(now, { index: origin.index, of: holders })) {
        askers.find((asker) => asker.name === name)?.scheduler?.update(origin.name, origin.has, offered)
      }
    }
    for (const asker of askers) if (here(asker, now)) ask(asker, now)
    for (const from of [...origins, ...askers]) if (!from.gone) deliver(from, now)
    for (const asker of askers) if (here(asker, now)) tell(asker, now)
    if (now % 250 !== 0) continue
    for (const asker of askers) {
      for (const request of asker.scheduler?.overdue(now) ?? []) {
        for (const from of [...origins, ...askers]) from.queue = from.queue.filter((item) => item.request !== request)
      }
    }
  }
  const sent = origins.map((origin) => origin.sent)
  return { originChunks: sent[0] ?? 0, sent, took: now, complete: left().length === 0 }
}
