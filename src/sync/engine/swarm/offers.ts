import { Bitfield } from './bitfield.ts'

/** Chunks that an asker has in front of it: 2 MiB, as much as its credit lets be on the way. */
export const AHEAD = 8
/** Before it was sent anything: what comes first goes to whoever takes it first. */
const FIRST_AHEAD = 4
/**
 * Chunks of a pack that those who fetch it pass on among themselves: 8 MiB. What is smaller each has sooner from who has it
 * than it is connected with others.
 */
export const WORTH_SHARING = 32
/** Milliseconds without a word or a chunk, after which others are offered what an asker was offered and did not ask for. */
const UNASKED = 2000
/** The same for what it asked for: that long nothing was sent. */
const UNSENT = 5000
/** The same for what it was sent and does not say that it has. */
const UNCONFIRMED = 10_000
/** Milliseconds for which it counts what went out: as long as those who were told of a link at once take to open it. */
const RECENT = 60_000
/** Milliseconds in which whoever comes is connected with others who have all: they are named to it as soon as it asks. */
const FINDING = 3000

interface Handed {
  /** Milliseconds. */
  at: number
  state: 'offered' | 'asked' | 'sent'
}

interface Asker {
  has: Bitfield
  readonly handed: Map<number, Handed>
  /** It left lying what it was offered: nothing is kept for it until it is heard of again. */
  idle: boolean
  sent: number
  /** Milliseconds: when it was first offered something. */
  since: number | undefined
  /** Milliseconds: when it asked, or told, or was sent something. */
  movedAt: number
  /** What it was told last; null: everything. Undefined: nothing yet. */
  told: Bitfield | null | undefined
}

/** This holder's place among all who have the whole pack and know each other: each offers other chunks. */
export interface Place {
  index: number
  of: number
}

const ALONE: Place = { index: 0, of: 1 }

/**
 * How a holder of a whole pack hands it out to several who fetch it at once: to each other chunks, so that each leaves about
 * once, and they pass them on among themselves. Where a copy went out a moment ago and others have it by now, each of these
 * offers its share only. One alone is offered everything, by then after a while in which it finds them: it takes from all of
 * them as much as each can send. These are wishes: whoever asks for something else gets it. No network, no clock; times are
 * milliseconds.
 */
export class Offers {
  readonly chunks: number
  readonly #askers = new Map<string, Asker>()
  /** Chunks that went out, by second. */
  readonly #sent = new Map<number, number>()

  constructor(chunks: number) {
    this.chunks = chunks
  }

  get size(): number {
    return this.#askers.size
  }

  /** An asker says what it has. One that has all is no asker any more. */
  has(name: string, has: Bitfield, now: number): void {
    const asker = this.#askers.get(name)
    if (has.complete) {
      this.#askers.delete(name)
    } else if (asker === undefined) {
      this.#askers.set(name, {
        has,
        handed: new Map(),
        idle: false,
        sent: 0,
        since: undefined,
        movedAt: now,
        told: undefined,
      })
    } else {
      asker.has = has
      asker.idle = false
      asker.movedAt = now
      for (const chunk of [...asker.handed.keys()]) if (has.has(chunk)) asker.handed.delete(chunk)
    }
  }

  /** It asked for these, whether they were offered or not. */
  asked(name: string, chunks: Iterable<number>, now: number): void {
    const asker = this.#askers.get(name)
    if (asker === undefined) return
    asker.idle = false
    asker.movedAt = now
    for (const chunk of chunks) asker.handed.set(chunk, { at: now, state: 'asked' })
  }

  sent(name: string, chunk: number, now: number): void {
    const second = Math.floor(now / 1000)
    this.#sent.set(second, (this.#sent.get(second) ?? 0) + 1)
    const asker = this.#askers.get(name)
    if (asker === undefined) return
    asker.sent++
    asker.movedAt = now
    if (!asker.has.has(chunk)) asker.handed.set(chunk, { at: now, state: 'sent' })
  }

  /** What it had been handed is there for others, as far as none of them has it. */
  leave(name: string): void {
    this.#askers.delete(name)
  }

  /** Chunks that went out lately, to whomever. */
  recent(now: number): number {
    let recent = 0
    for (const [second, count] of this.#sent) {
      if (now - 1000 * second > RECENT) this.#sent.delete(second)
      else recent += count
    }
    return recent
  }

  /** What each is offered from now on, for those for whom that is another than before; null: everything. */
  changes(now: number, place: Place = ALONE): Map<string, Bitfield | null> {
    for (const asker of this.#askers.values()) {
      asker.since ??= now
      this.#expire(asker, now)
    }
    const active = [...this.#askers.values()].filter(({ idle }) => !idle)
    const relieved = place.of > 1 && this.recent(now) >= this.chunks
    const finding = active.some(({ since = now }) => now - since < FINDING)
    const shares = active.length >= 2 || (relieved && finding)
    const isOurs = (chunk: number): boolean => !relieved || chunk % place.of === place.index
    if (shares) this.#handOut(active, isOurs, now)
    const changed = new Map<string, Bitfield | null>()
    for (const [name, asker] of this.#askers) {
      const offered = shares ? this.#offered(asker) : null
      if (asker.told !== undefined && !isNews(asker, asker.told, offered)) continue
      asker.told = offered
      changed.set(name, offered)
    }
    return changed
  }

  #expire(asker: Asker, now: number): void {
    let lying = false
    let asking = false
    for (const [chunk, { at, state }] of [...asker.handed]) {
      asking ||= state === 'asked'
      // Where every chunk takes long, for whatever reason, it is slow with none of them.
      if (now - Math.max(at, asker.movedAt) < { offered: UNASKED, asked: UNSENT, sent: UNCONFIRMED }[state]) continue
      lying ||= state === 'offered'
      asker.handed.delete(chunk)
    }
    // One that is slow asks for little at a time.
    if (lying && !asking) asker.idle = true
  }

  /** Each in turn gets one more of what nobody has yet, until all have enough or nothing is left. */
  #handOut(active: Asker[], isOurs: (chunk: number) => boolean, now: number): void {
    const taken = this.#taken()
    // Not at every chunk that is sent: offers go out in messages.
    let wanting = active.filter((asker) => open(asker) <= aheadOf(asker) / 2)
    for (let chunk = 0; chunk < this.chunks && wanting.length > 0; chunk++) {
      if (taken.has(chunk) || !isOurs(chunk)) continue
      const asker = wanting.shift()
      if (asker === undefined) return
      asker.handed.set(chunk, { at: now, state: 'offered' })
      if (open(asker) < aheadOf(asker)) wanting = [...wanting, asker]
    }
  }

  #taken(): Bitfield {
    const taken = new Bitfield(this.chunks)
    for (const { has, handed } of this.#askers.values()) {
      taken.add(has)
      for (const chunk of handed.keys()) taken.set(chunk)
    }
    return taken
  }

  #offered({ handed }: Asker): Bitfield {
    const offered = new Bitfield(this.chunks)
    for (const [chunk, { state }] of handed) if (state !== 'sent') offered.set(chunk)
    return offered
  }
}

/** Chunks that it was handed and that are not sent yet. */
function open({ handed }: Asker): number {
  let count = 0
  for (const { state } of handed.values()) if (state !== 'sent') count++
  return count
}

function aheadOf({ sent }: Asker): number {
  return sent === 0 ? FIRST_AHEAD : AHEAD
}

/** There is more to ask for, or something is withdrawn; that what was offered is gone out by now the asker sees itself. */
function isNews({ has, handed }: Asker, told: Bitfield | null, offered: Bitfield | null): boolean {
  if (told === null || offered === null) return told !== offered
  for (let chunk = 0; chunk < told.length; chunk++) {
    if (offered.has(chunk) === told.has(chunk)) continue
    if (offered.has(chunk) || (!has.has(chunk) && handed.get(chunk)?.state !== 'sent')) return true
  }
  return false
}
