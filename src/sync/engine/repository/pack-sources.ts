import { CHUNK_BYTES } from '../../wire/index.ts'
import { Bitfield } from '../swarm/bitfield.ts'
import type { ClientSession, RemotePack, ToldHave } from '../client/session.ts'

/** Milliseconds for which an inventory is taken as it was answered. */
const INVENTORY_AGE = 10_000
/** Peers whose inventories are remembered after they left: who advertised a pack answers for it. */
const MAX_INVENTORIES = 256

/** What a peer has of one pack, and of that would like to be asked for; `offered` null: anything. */
export interface Availability {
  has: Bitfield
  offered: Bitfield | null
}

/** Who has which base packs, as far as they said: inventories, and what they told since. */
export class PackSources {
  readonly #sessions: () => ClientSession[]
  readonly #inventories = new Map<string, { packs: RemotePack[]; at: number }>()
  readonly #listeners = new Set<() => void>()
  readonly #fields = new WeakMap<ToldHave, Bitfield>()
  #full = new Bitfield(0)

  /** `sessions`: those that are open, direct ones first. */
  constructor(sessions: () => ClientSession[]) {
    this.#sessions = sessions
  }

  /** Sessions over which chunks may come: a relayed link carries none. */
  sessions(): ClientSession[] {
    return this.#sessions().filter(({ relayed, open }) => !relayed && open)
  }

  /** What a holder said that it has. */
  inventory(peer: string, packs: RemotePack[]): void {
    this.#inventories.delete(peer)
    this.#inventories.set(peer, { packs, at: Date.now() })
    for (const oldest of this.#inventories.keys()) {
      if (this.#inventories.size <= MAX_INVENTORIES) break
      this.#inventories.delete(oldest)
    }
    this.changed()
  }

  /** Its inventory is asked for again when it is needed. */
  forget(peer: string): void {
    this.#inventories.delete(peer)
  }

  /** Asks again for an inventory that was answered a while ago, or before its holder had everything. */
  async refresh(session: ClientSession, signal: AbortSignal): Promise<void> {
    const known = this.#inventories.get(session.peer)
    const whole = known?.packs.every(({ verified }) => verified) === true && session.haves.size === 0
    if (known != null && whole && Date.now() - known.at < INVENTORY_AGE) return
    this.inventory(session.peer, await session.inventory({ signal }))
  }

  /** Base packs that it says it has whole and checked, oldest first. */
  advertised(session: ClientSession): RemotePack[] {
    const packs = this.#inventories.get(session.peer)?.packs ?? []
    return packs.filter(({ packId, size, verified }) => {
      const told = session.haves.get(packId)
      return verified && (told == null || told.offer || this.#field(told, chunksOf(size)).complete)
    })
  }

  /** PeerIds of those who have all chunks of a pack. */
  havingAll(packId: string, chunks: number): string[] {
    return this.sessions()
      .filter((session) => this.availability(session, packId, chunks)?.has.complete === true)
      .map(({ peer }) => peer)
  }

  /** All that anybody advertised as checked, those who left included. */
  everyAdvertised(): Array<[peer: string, packs: RemotePack[]]> {
    return [...this.#inventories].map(([peer, { packs }]) => [peer, packs.filter(({ verified }) => verified)])
  }

  /** It is fetching a pack itself. */
  isPartial(session: ClientSession): boolean {
    const sizes = new Map(
      this.everyAdvertised().flatMap(([, packs]) => packs.map(({ packId, size }) => [packId, size])),
    )
    return [...session.haves].some(([packId, told]) => {
      const size = sizes.get(packId)
      // Of a pack that nobody else has, it is its refs that say whether it has all.
      if (told.offer || size == null) return false
      return !this.#field(told, chunksOf(size)).complete && told.bitfield.byteLength > 0
    })
  }

  /** It has base packs, and has them whole. */
  isWhole(session: ClientSession): boolean {
    const told = [...session.haves.values()].filter(({ offer }) => !offer)
    return told.length > 0 ? told.every(isWhole) : this.advertised(session).length > 0
  }

  /** Undefined where it has nothing of it. */
  availability(session: ClientSession, packId: string, chunks: number): Availability | undefined {
    const told = session.haves.get(packId)
    if (told != null && !told.offer) {
      const has = this.#field(told, chunks)
      return has.count === 0 ? undefined : { has, offered: null }
    }
    const packs = this.#inventories.get(session.peer)?.packs ?? []
    if (!packs.some((pack) => pack.packId === packId && pack.verified)) return undefined
    if (this.#full.length !== chunks) this.#full = Bitfield.full(chunks)
    return { has: this.#full, offered: told == null ? null : this.#field(told, chunks) }
  }

  /** Somebody came, left, or told something new. */
  changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  /** Returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #field(told: ToldHave, chunks: number): Bitfield {
    let field = this.#fields.get(told)
    if (field?.length !== chunks) {
      field = Bitfield.from(chunks, told.bitfield)
      this.#fields.set(told, field)
    }
    return field
  }
}

/** All chunks may be there: how many the pack has is not known, and bits that are no chunk's are 0. */
export function isWhole({ bitfield, offer }: ToldHave): boolean {
  const last = bitfield.at(-1) ?? 0
  return !offer && bitfield.subarray(0, -1).every((byte) => byte === 0xff) && ONES.has(last)
}

/** Bytes of ones, and after them zeros. */
const ONES = new Set([0x80, 0xc0, 0xe0, 0xf0, 0xf8, 0xfc, 0xfe, 0xff])

/** Chunks of a pack of so many bytes. */
export function chunksOf(size: number): number {
  return Math.ceil(size / CHUNK_BYTES)
}
