import { Bitfield } from '../swarm/bitfield.ts'
import { Offers, type Place } from '../swarm/offers.ts'

/** Milliseconds in which several changes are one telling. */
const TELL_AFTER = 25
/** Milliseconds after which it is looked whether what was offered was asked for. */
const LOOK_AFTER = 1000

/** One who fetches a base pack from us. */
export interface CrowdMember {
  /** Its PeerId: what it asks for over several connections is one asker's. */
  readonly peer: string
  /** Says what it would best ask for. */
  offer(packId: string, offered: Bitfield): void
}

/** All who fetch one base pack from us at this moment, and what each of them is offered. */
export class Crowd {
  readonly #packId: string
  readonly #offers: Offers
  readonly #place: () => Place
  readonly #members = new Set<CrowdMember>()
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
    const known = this.#members.has(member)
    const has = Bitfield.from(this.#offers.chunks, bitfield)
    // One that came back knows of no offer.
    if (!known) this.#offers.leave(member.peer)
    this.#offers.has(member.peer, has, performance.now())
    if (has.complete) this.#members.delete(member)
    else this.#members.add(member)
    // Whoever is new asks in a moment, and should know what for.
    if (!known) this.#tell()
    else this.#tellSoon()
  }

  asked({ peer }: CrowdMember, chunks: Iterable<number>): void {
    this.#offers.asked(peer, chunks, performance.now())
  }

  sent({ peer }: CrowdMember, chunk: number): void {
    if (!this.#isMember(peer)) return
    this.#offers.sent(peer, chunk, performance.now())
    this.#tellSoon()
  }

  leave(member: CrowdMember): void {
    if (!this.#members.delete(member) || this.#isMember(member.peer)) return
    this.#offers.leave(member.peer)
    this.#tellSoon()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#members.clear()
  }

  /** By a control stream of some connection. */
  #isMember(peer: string): boolean {
    for (const member of this.#members) if (member.peer === peer) return true
    return false
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
    for (const member of this.#members) {
      const offered = changes.get(member.peer)
      if (offered !== undefined) member.offer(this.#packId, offered ?? Bitfield.full(this.#offers.chunks))
    }
    this.#schedule(LOOK_AFTER)
  }
}
