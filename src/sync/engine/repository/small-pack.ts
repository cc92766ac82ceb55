import { blaming, PACK_FAULTS } from '../faults.ts'
import type { GitStore, PartialPackLimits, PartialSize } from '../../../git/index.ts'

const NOT_THE_OBJECTS = 'objects that are not what was asked for'

/** Errors by name that prove nothing where the peer chose the objects itself: it may have another commit at HEAD. */
const CHOSEN: ReadonlySet<string> = new Set(['UnwantedObjectError', 'MissingObjectError'])
const ANY_FAULT = PACK_FAULTS
const MALFORMED: ReadonlySet<string> = new Set([...PACK_FAULTS].filter((name) => !CHOSEN.has(name)))

/** A few objects on their way from one peer into the store, to be looked at before the rest is here. */
export class SmallPack {
  readonly peer: string
  readonly #store: GitStore
  readonly #token: string
  readonly #limits: PartialPackLimits
  #writer: Promise<string> | undefined

  constructor(store: GitStore, token: string, limits: PartialPackLimits, peer: string) {
    this.#store = store
    this.#token = token
    this.#limits = limits
    this.peer = peer
  }

  /** The next bytes. Rejects with `PeerFaultError` where they prove a fault, with the store's errors where they are too many. */
  readonly part = async (bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
    const writer = await this.#open()
    await blaming(this.peer, NOT_THE_OBJECTS, ANY_FAULT, () => this.#store.writePack(writer, bytes))
  }

  /** All has come: keeps it if it is what `wants` name. `asked`: the peer was told these ids, and has no excuse. */
  async finish(wants: string[], asked: boolean): Promise<PartialSize> {
    const writer = await this.#open()
    const faults = asked ? ANY_FAULT : MALFORMED
    return await blaming(this.peer, NOT_THE_OBJECTS, faults, () => this.#store.finishPartial(writer, wants))
  }

  async discard(): Promise<void> {
    if (this.#writer != null) await this.#store.discard(await this.#writer)
  }

  #open(): Promise<string> {
    this.#writer ??= this.#store.openPartialWriter(this.#token, this.#limits)
    return this.#writer
  }
}

/** More than may come so: nobody's fault. */
export function isTooLarge(error: Error): boolean {
  return ['ObjectTooLargeError', 'PackTooLargeError', 'LimitError', 'TooManyLinksError'].includes(error.name)
}
