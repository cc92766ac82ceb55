import { Bitfield } from '../swarm/bitfield.ts'
import { Offers, type Place } from '../swarm/offers.ts'

/** Milliseconds in which several changes are one telling. */
const TELL_AFTER = 25
/** Milliseconds after which it is looked whether what was offered was asked for. */
const LOOK_AFTER = 1000

/** One who fetches a base pack from us. */
export interface CrowdMember {
  /** Says what it would best ask for. */
  offer(packId: string, offered: Bitfield): void
}

/** All who fetch one base pack from us at this moment, and what each of them is offered. */
export class Crowd {
  readonly #packId: string
  readonly #offers: Offers
  readonly #place: () => Place
  readonly #members = new Map<CrowdMember, string>()
  #numbers = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  /** It runs out within `TELL_AFTER`. */
  #soon = false

  /** `place`: ours among those who have the whole pack. */
  constructor(packId: string, chunks: number, place: () => Place) {
    this.#packId = packId
    this.#offers = new Offers(chunks)
    this.#place = place
  }

  /** Nobody fetches it, and nobody did lately. */
  get isOver(): boolean {
    return this.#members.size === 0 && this.#offers.recent(performance.now()) === 0
  }

  /** It told which chunks it has. */
  has(member: CrowdMember, bitfield: Uint8Array): void {
    const known = this.#members.get(member)
    const name = known ?? String(++this.#numbers)
    const has = Bitfield.from(this.#offers.chunks, bitfield)
    this.#offers.has(name, has, performance.now())
    if (has.complete) this.#members.delete(member)
    else this.#members.set(member, name)
    // Whoever is new asks in a moment, and should know what for.
    if (known == null) this.#tell()
    else this.#tellSoon()
  }

  asked(member: CrowdMember, chunks: Iterable<number>): void {
    const name = this.#members.get(member)
    if (name != null) this.#offers.asked(name, chunks, performance.now())
  }

  sent(member: CrowdMember, chunk: number): void {
    const name = this.#members.get(member)
    if (name == null) return
    this.#offers.sent(name, chunk, performance.now())
    this.#tellSoon()
  }

  leave(member: CrowdMember): void {
    const name = this.#members.get(member)
    if (name == null) return
    this.#members.delete(member)
    this.#offers.leave(name)
    this.#tellSoon()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#members.clear()
  }

  #tellSoon(): void {
    if (this.#soon) return
    this.#soon = true
    this.#schedule(TELL_AFTER)
  }

  #schedule(milliseconds: number): void {
    clearTimeout(this.#timer)
    this.#timer = this.#members.size === 0 ? undefined : setTimeout(() => this.#tell(), milliseconds)
  }

  #tell(): void {
    this.#soon = false
    const changes = this.#offers.changes(performance.now(), this.#place())
    for (const [member, name] of this.#members) {
      const offered = changes.get(name)
      if (offered !== undefined) member.offer(this.#packId, offered ?? Bitfield.full(this.#offers.chunks))
    }
    this.#schedule(LOOK_AFTER)
  }
}
