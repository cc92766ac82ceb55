import { chunksOf } from '../repository/pack-sources.ts'
import { Crowd, type CrowdMember } from './crowd.ts'
import type { GitStore } from '../../../git/index.ts'
import { WORTH_SHARING, type Place } from '../swarm/offers.ts'
import type { ServedRepository } from './served.ts'

/** Packs of one asker that are handed out in turns: a clone fetches one after the other. */
export const MAX_CROWDS_PER_MEMBER = 16

export type CrowdedRepository = Pick<ServedRepository, 'token' | 'havingAll'>

/** The crowds of all base packs that somebody fetches from us, by repository and pack. */
export class Crowds {
  readonly #store: GitStore
  readonly #own: string
  readonly #crowds = new Map<string, Crowd>()

  /** `own` is our PeerId. */
  constructor(store: GitStore, own: string) {
    this.#store = store
    this.#own = own
  }

  /** An asker's part in them, from its first word to its last. */
  join(repository: CrowdedRepository, member: CrowdMember): CrowdTicket {
    return new CrowdTicket(this, repository, member)
  }

  find(token: string, packId: string): Crowd | undefined {
    return this.#crowds.get(`${token}/${packId}`)
  }

  /** Undefined for a pack that is not served whole, or small: of that, anybody may ask for anything. */
  async open(repository: CrowdedRepository, packId: string): Promise<Crowd | undefined> {
    const { token } = repository
    const known = this.find(token, packId)
    if (known != null) return known
    const entry = (await this.#store.inventory(token)).find((pack) => pack.packId === packId)
    const chunks = chunksOf(entry?.size ?? 0)
    if (chunks < WORTH_SHARING) return undefined
    const place = (): Place => {
      // Everybody counts the same, as far as they know each other.
      const all = [...repository.havingAll(packId, chunks), this.#own].sort()
      return { index: all.indexOf(this.#own), of: all.length }
    }
    const crowd = this.find(token, packId) ?? new Crowd(packId, chunks, place)
    this.#crowds.set(`${token}/${packId}`, crowd)
    return crowd
  }

  /** Forgets crowds that are over. */
  tidy(): void {
    for (const [key, crowd] of this.#crowds) {
      if (!crowd.isOver) continue
      crowd.close()
      this.#crowds.delete(key)
    }
  }
}

/** What one asker does in the crowds of one repository. */
export class CrowdTicket {
  readonly #crowds: Crowds
  readonly #repository: CrowdedRepository
  readonly #member: CrowdMember
  readonly #packs = new Set<string>()
  /** Newest of what it told, while its crowd is looked up. */
  readonly #told = new Map<string, Uint8Array>()
  #left = false

  constructor(crowds: Crowds, repository: CrowdedRepository, member: CrowdMember) {
    this.#crowds = crowds
    this.#repository = repository
    this.#member = member
  }

  /** It fetches something from us. */
  get fetching(): boolean {
    return this.#packs.size > 0
  }

  async has(packId: string, bitfield: Uint8Array): Promise<void> {
    if (this.#left || (this.#packs.size >= MAX_CROWDS_PER_MEMBER && !this.#packs.has(packId))) return
    const waiting = this.#told.has(packId)
    this.#told.set(packId, bitfield)
    if (waiting) return
    try {
      const crowd = await this.#crowds.open(this.#repository, packId)
      const told = this.#told.get(packId)
      if (crowd == null || told == null || this.#left) return
      this.#packs.add(packId)
      crowd.has(this.#member, told)
    } finally {
      this.#told.delete(packId)
      this.#crowds.tidy()
    }
  }

  asked(packId: string, chunks: Iterable<number>): void {
    this.#crowds.find(this.#repository.token, packId)?.asked(this.#member, chunks)
  }

  sent(packId: string, chunk: number): void {
    this.#crowds.find(this.#repository.token, packId)?.sent(this.#member, chunk)
  }

  leave(): void {
    this.#left = true
    for (const packId of this.#packs) this.#crowds.find(this.#repository.token, packId)?.leave(this.#member)
    this.#crowds.tidy()
  }
}
