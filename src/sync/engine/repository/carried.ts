import type { Bitfield } from '../swarm/bitfield.ts'

/** Milliseconds between two tellings of what has come, at least, and after which a few chunks are told too. */
const SOONEST = 100
const LATEST = 250
/** Chunks that are worth a telling before that: 1 MiB. */
const ENOUGH = 4

/** A base pack that is being fetched here, of which others may fetch what is here. */
export interface CarriedPack {
  packId: string
  /** Bytes. */
  size: number
  objects: number
  manifest: Uint8Array
  /** Chunks that came and matched the manifest; grows. */
  here: Bitfield
}

interface Telling {
  pack: CarriedPack
  /** Chunks that others know of. */
  told: number
  at: number
  timer: ReturnType<typeof setTimeout> | undefined
}

/** The base packs that this tab has parts of, and what others were told of them: seldom enough that it costs nothing. */
export class Carried {
  readonly #tell: (packId: string, bitfield: Uint8Array<ArrayBuffer>) => void
  readonly #packs = new Map<string, Telling>()

  constructor(tell: (packId: string, bitfield: Uint8Array<ArrayBuffer>) => void) {
    this.#tell = tell
  }

  list(): CarriedPack[] {
    return [...this.#packs.values()].map(({ pack }) => pack)
  }

  get(packId: string): CarriedPack | undefined {
    return this.#packs.get(packId)?.pack
  }

  begin(pack: CarriedPack): void {
    clearTimeout(this.#packs.get(pack.packId)?.timer)
    const telling: Telling = { pack, told: -1, at: 0, timer: undefined }
    this.#packs.set(pack.packId, telling)
    this.#now(telling)
  }

  /** One more chunk is here. */
  grew(packId: string): void {
    const telling = this.#packs.get(packId)
    if (telling == null) return
    const fresh = telling.pack.here.count - telling.told
    const since = performance.now() - telling.at
    if (since >= SOONEST && (fresh >= ENOUGH || since >= LATEST || telling.pack.here.complete))
      return this.#now(telling)
    telling.timer ??= setTimeout(() => this.#now(telling), Math.max(0, LATEST - since))
  }

  /** They are not fetched any more: `whole` says of which all may be had from here as of anybody who has them. */
  end(whole: (packId: string) => boolean): void {
    for (const { pack, timer } of this.#packs.values()) {
      clearTimeout(timer)
      const { here } = pack
      this.#tell(pack.packId, whole(pack.packId) ? here.bytes() : new Uint8Array(here.bytes().byteLength))
    }
    this.#packs.clear()
  }

  #now(telling: Telling): void {
    clearTimeout(telling.timer)
    telling.timer = undefined
    telling.at = performance.now()
    telling.told = telling.pack.here.count
    this.#tell(telling.pack.packId, telling.pack.here.bytes())
  }
}
