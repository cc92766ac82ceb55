import { peerIdFromRawKey, type GutsPeer } from '../../../peer/index.ts'
import { MAX_KNOWN_HOLDERS, type RepositorySettings } from '../settings.ts'
import { Finder } from './finder.ts'
import type { RepositoryStatus } from '../../types.ts'
import type { DialSlots } from '../dial-slots.ts'

/** Milliseconds without anybody before the screen says so. */
const NOBODY_AFTER = 4_000
/** PeerIds that others named as holders. */
const MAX_NAMED = 64
/** Rounds in which nobody but those who showed that they have it are dialled: others may be waiting for it as we are. */
const PATIENT_ROUNDS = 3

export interface LookoutInit {
  peer: GutsPeer
  discoveryKey: Uint8Array
  signal: AbortSignal
  slots: DialSlots
  /** Unix milliseconds. */
  clock: () => number
  settings: () => RepositorySettings | undefined
  /** True while holders are wanted. */
  wanted: () => boolean
  /** PeerIds of those who told us of what is not here. */
  sources: () => string[]
  onFound: (peer: string) => void
  /** A round ended without anybody new. */
  onNobody: () => void
  /** A dial ended: what there is of a link to that peer is what stays. */
  onDialled: () => void
  /** `status` is another. */
  onChange: () => void
}

/** Knows whom to ask for a repository, and says how the search goes. */
export class Lookout {
  readonly #init: LookoutInit
  readonly #finder: Finder
  readonly #named = new Set<string>()
  readonly #dials = new Set<string>()
  #dialling: string | null = null
  #since: number
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(init: LookoutInit) {
    this.#init = init
    this.#since = init.clock()
    this.#finder = new Finder({
      peer: init.peer,
      discoveryKey: init.discoveryKey,
      signal: init.signal,
      slots: init.slots,
      wanted: init.wanted,
      candidates: (round) => this.#candidates(round),
      onDial: (id) => {
        this.#dials.add(id)
        this.#dial(id)
      },
      onDialled: (id) => {
        this.#dials.delete(id)
        init.onDialled()
      },
      onFound: (id) => init.onFound(id),
      onNobody: () => {
        this.#dial(null)
        init.onNobody()
      },
    })
  }

  /** Looks until the signal aborts. */
  async run(): Promise<void> {
    this.restart()
    await this.#finder.run()
    clearTimeout(this.#timer)
  }

  wake(): void {
    this.#finder.wake()
  }

  /** Somebody asks: the search begins anew, and so does its clock. */
  restart(): void {
    const { clock, signal, onChange } = this.#init
    this.#since = clock()
    clearTimeout(this.#timer)
    if (!signal.aborted) this.#timer = setTimeout(onChange, NOBODY_AFTER + 10)
    this.#finder.wake()
  }

  /** A holder answered. */
  found(): void {
    this.#dialling = null
  }

  /** `peer` is said to hold the repository. */
  name(peer: string): void {
    if (peer !== this.#init.peer.peerId.toString() && this.#named.size < MAX_NAMED) this.#named.add(peer)
  }

  /** A better link to `peer` may come of it. */
  isDialling(peer: string): boolean {
    return this.#dials.has(peer)
  }

  /** The link named it, or it was seen to hold the repository. */
  isExpected(peer: string): boolean {
    return this.#known().includes(peer)
  }

  isNamed(peer: string): boolean {
    return this.#named.has(peer)
  }

  /** How the search goes, where nothing is here yet. `alone`: no holder is connected. */
  status(alone: boolean): RepositoryStatus {
    const since = this.#since
    const nobody = alone && this.#init.clock() - since >= NOBODY_AFTER
    if (alone && !nobody && this.#dialling != null) return { kind: 'connecting', peer: this.#dialling }
    return { kind: 'looking', since, nobody }
  }

  /** The link's hint first, then those that were seen, then those that were named. */
  #candidates(round: number): string[] {
    const sources = this.#init.sources()
    const others = sources.length > 0 && round < PATIENT_ROUNDS ? sources : [...this.#known(), ...this.#named]
    return [...new Set([...this.#hinted(), ...others])].slice(0, 2 * MAX_KNOWN_HOLDERS)
  }

  #hinted(): string[] {
    const hint = this.#init.settings()?.hint
    return hint == null ? [] : [peerIdFromRawKey(hint).toString()]
  }

  #known(): string[] {
    return [...this.#hinted(), ...(this.#init.settings()?.holders ?? [])]
  }

  #dial(peer: string | null): void {
    if (this.#dialling === peer) return
    this.#dialling = peer
    this.#init.onChange()
  }
}
