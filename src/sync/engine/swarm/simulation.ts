import { CHUNK_BYTES } from '../../wire/limits.ts'
import { Bitfield } from './bitfield.ts'
import { ChunkScheduler, MAX_OUTSTANDING } from './scheduler.ts'
import { MAX_ASKED_PER_SOURCE, type ChunkRequest } from './source.ts'

/** How one source of a simulated transfer behaves. Times are in milliseconds. */
export interface SimulatedSource {
  /** Bytes a millisecond. */
  rate: number
  /** Until a request arrives, and until bytes do. */
  latency: number
  /** Chunks that it has from the start; the others come by and by, or never where `grows` is 0. */
  has: (chunk: number) => boolean
  /** Milliseconds for each further chunk that it gets; 0: it gets none. */
  grows?: number
  /** It leaves then. */
  leavesAt?: number
  /** It sends nothing from then on, though it is there. */
  silentFrom?: number
  /** Chunks that it sends damaged. */
  spoils?: (chunk: number) => boolean
  /** It refuses what it said that it has. */
  refuses?: boolean
}

export interface SimulationResult {
  complete: boolean
  /** Milliseconds. */
  took: number
  /** Bytes that came, by source. */
  received: number[]
  /** Bytes of chunks that came whole, though they were here. */
  doubled: number
  /** Bytes of chunks that were given up after some of them had come. */
  abandoned: number
  /** Requests that were given up. */
  moves: number
  /** What should never be; empty where all is well. */
  violations: string[]
  excluded: boolean[]
}

interface Sender {
  source: SimulatedSource
  peer: string
  has: Bitfield
  /** Chunks to send, in the order asked. */
  queue: Array<{ request: ChunkRequest; chunk: number; sent: number; from: number }>
  gone: boolean
  received: number
}

const STEP = 10
const PART = 64 * 1024

/** Plays one transfer through, step by step, with the scheduler under test and no other part of the program. */
export function simulate(chunks: number, sources: SimulatedSource[], limit = 3_600_000): SimulationResult {
  const scheduler = new ChunkScheduler({ chunks, here: new Bitfield(chunks), now: 0 })
  const violations: string[] = []
  const askedOf = new Map<number, Set<string>>()
  let doubled = 0
  let abandoned = 0
  let moves = 0
  const senders: Sender[] = sources.map((source, n) => {
    const has = new Bitfield(chunks)
    for (let chunk = 0; chunk < chunks; chunk++) if (source.has(chunk)) has.set(chunk)
    return { source, peer: `peer ${n}`, has, queue: [], gone: false, received: 0 }
  })
  for (const { peer, has } of senders) scheduler.update(peer, has, null)

  const forget = (request: ChunkRequest): void => {
    for (const chunk of request.chunks) askedOf.get(chunk)?.delete(request.peer)
    const sender = senders.find(({ peer }) => peer === request.peer)
    for (const item of sender?.queue ?? []) if (item.request === request) abandoned += item.sent
    if (sender !== undefined) sender.queue = sender.queue.filter((item) => item.request !== request)
  }

  const ask = (sender: Sender, now: number): void => {
    for (;;) {
      const request = scheduler.next(sender.peer, now)
      if (request === undefined) return
      for (const chunk of request.chunks) {
        const asked = askedOf.get(chunk) ?? new Set()
        if (asked.size > 0 && !request.double) violations.push(`${chunk} was asked of two before the end`)
        if (!sender.has.has(chunk)) violations.push(`${chunk} was asked of one that has it not`)
        askedOf.set(chunk, asked.add(sender.peer))
        sender.queue.push({ request, chunk, sent: 0, from: now + 2 * sender.source.latency })
      }
      if (sender.queue.length > MAX_ASKED_PER_SOURCE) violations.push(`too much was asked of ${sender.peer}`)
      if (scheduler.outstanding > MAX_OUTSTANDING) violations.push('too much was asked of all')
      if (sender.source.refuses === true) {
        forget(request)
        scheduler.exclude(sender.peer, now)
        return
      }
    }
  }

  const deliver = (sender: Sender, now: number): void => {
    const { rate, silentFrom = Infinity, spoils } = sender.source
    let budget = now >= silentFrom ? 0 : rate * STEP
    while (budget > 0) {
      const [head] = sender.queue
      if (head === undefined || head.from > now) return
      const part = Math.min(budget, PART, CHUNK_BYTES - head.sent)
      budget -= part
      head.sent += part
      sender.received += part
      scheduler.bytes(sender.peer, part, now)
      if (head.sent < CHUNK_BYTES) continue
      sender.queue.shift()
      askedOf.get(head.chunk)?.delete(sender.peer)
      const { fresh, cancel } = scheduler.came(head.request, head.chunk, now)
      for (const other of cancel) forget(other)
      if (!fresh) doubled += CHUNK_BYTES
      else if (spoils?.(head.chunk) === true) {
        scheduler.rejected(head.chunk)
        for (const { request } of [...sender.queue]) forget(request)
        scheduler.exclude(sender.peer, now)
        sender.gone = true
        return
      } else scheduler.stored(head.chunk, now)
    }
  }

  let now = 0
  for (; now < limit && !scheduler.complete; now += STEP) {
    for (const sender of senders) {
      if (sender.gone) continue
      const { leavesAt = Infinity, grows = 0 } = sender.source
      if (now >= leavesAt) {
        sender.gone = true
        for (const { request } of [...sender.queue]) forget(request)
        scheduler.remove(sender.peer, now)
        continue
      }
      if (grows > 0 && now % grows < STEP) {
        let chunk = 0
        while (chunk < chunks && sender.has.has(chunk)) chunk++
        sender.has.set(chunk)
      }
      deliver(sender, now)
    }
    if (now % 250 === 0) {
      for (const request of scheduler.overdue(now)) {
        moves++
        forget(request)
      }
    }
    for (const sender of senders) if (!sender.gone) ask(sender, now)
  }
  return {
    complete: scheduler.complete,
    took: now,
    received: senders.map(({ received }) => received),
    doubled,
    abandoned,
    moves,
    violations,
    excluded: senders.map(({ peer }) => scheduler.isExcluded(peer)),
  }
}
