import { toHex } from '../bytes.ts'
import { writerKey, type HeldRefs } from './record.ts'

/** Bytes of all lists of one repository that are kept, so that whoever has one of them is sent what changed since. */
export const MAX_PAST_BYTES = 1024 * 1024
/** Lists that are kept: a morning's commits; and of one writer those that an asker is looked for among. */
export const MAX_PAST_LISTS = 64
const MAX_PAST_OF_ONE = 16

/** The signed refs that writers had before those that are held: newest last, in memory, bounded. */
export class PastLists {
  readonly #past = new Map<string, HeldRefs>()
  #bytes = 0

  add(refs: HeldRefs): void {
    const name = toHex(refs.header.hash)
    this.#drop(name)
    this.#past.set(name, refs)
    this.#bytes += refs.list.byteLength
    for (const oldest of this.#past.keys()) {
      if (this.#bytes <= MAX_PAST_BYTES && this.#past.size <= MAX_PAST_LISTS) break
      this.#drop(oldest)
    }
  }

  /** By the header's hash. */
  get(hash: Uint8Array): HeldRefs | undefined {
    return this.#past.get(toHex(hash))
  }

  /** Of one writer, newest first. */
  of(writer: string): HeldRefs[] {
    const past = [...this.#past.values()].filter(({ header }) => writerKey(header.identity, header.writer) === writer)
    return past.reverse().slice(0, MAX_PAST_OF_ONE)
  }

  #drop(name: string): void {
    const refs = this.#past.get(name)
    if (refs == null) return
    this.#past.delete(name)
    this.#bytes -= refs.list.byteLength
  }
}
