import type { TypeCode } from '../object/oid.ts'

/** An inflated object that deltas build on. Its bytes are shared: never written into, never transferred. */
export interface CachedBase {
  type: TypeCode
  bytes: Uint8Array
}

/** What an entry costs beyond its bytes, so that very many small ones are bounded too. */
const ENTRY_OVERHEAD = 200

/** Least recently used bases of all packs, bounded by bytes. */
export class BaseCache {
  readonly maxBytes: number
  readonly #bases = new Map<string, CachedBase>()
  #bytes = 0

  constructor(maxBytes = 32 * 1024 * 1024) {
    this.maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  get(pack: string, offset: number): CachedBase | undefined {
    const key = `${pack}:${offset}`
    const base = this.#bases.get(key)
    if (base !== undefined) {
      // A Map keeps the order of insertion: the oldest is the first.
      this.#bases.delete(key)
      this.#bases.set(key, base)
    }
    return base
  }

  /** Objects above a quarter of the cache are not kept: one of them would push out all the rest. */
  set(pack: string, offset: number, base: CachedBase): void {
    const key = `${pack}:${offset}`
    if (this.#bases.has(key) || base.bytes.length > this.maxBytes / 4) return
    this.#bases.set(key, base)
    this.#bytes += base.bytes.length + ENTRY_OVERHEAD
    for (const [oldest, { bytes }] of this.#bases) {
      if (this.#bytes <= this.maxBytes) break
      this.#bases.delete(oldest)
      this.#bytes -= bytes.length + ENTRY_OVERHEAD
    }
  }

  clear(): void {
    this.#bases.clear()
    this.#bytes = 0
  }
}
