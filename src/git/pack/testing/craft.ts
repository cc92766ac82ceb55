/** Packs made by hand, for what git would not make. */
import { concat } from '../../object/bytes.ts'
import { Sha1 } from '../../object/hash.ts'
import { entryHeader, ofsDistance, packHeader, type EntryType } from '../entry.ts'
import { deflateBytes } from '../inflate.ts'

export interface CraftedEntry {
  type: EntryType
  data: Uint8Array
  /** What the header declares, if not the truth. */
  size?: number
  /** ofs-delta: number of the base's entry; ref-delta: its oid. */
  base?: number | Uint8Array
}

export async function craftPack(entries: CraftedEntry[], claimed = entries.length): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [packHeader(claimed)]
  const offsets: number[] = []
  let at = 12
  for (const { type, data, size, base } of entries) {
    offsets.push(at)
    const head = entryHeader(type, size ?? data.length)
    if (typeof base === 'number') head.push(...ofsDistance(at - (offsets[base] as number)))
    else if (base !== undefined) head.push(...base)
    const entry = concat([Uint8Array.from(head), deflateBytes(data)])
    parts.push(entry)
    at += entry.length
  }
  return sealPack(concat(parts))
}

/** Appends the SHA-1 of the bytes. */
export async function sealPack(body: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const sha1 = new Sha1()
  sha1.init()
  sha1.update(body)
  return concat([body, sha1.digest()])
}

/** A number as deltas write it. */
export function deltaSize(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  return [...bytes, rest]
}

/** A delta: sizes, then instructions as given. */
export function craftDelta(baseSize: number, size: number, ...instructions: number[][]): Uint8Array {
  return Uint8Array.from([...deltaSize(baseSize), ...deltaSize(size), ...instructions.flat()])
}

/** Copy of up to 16 MiB from the base. */
export function copyOp(from: number, length: number): number[] {
  const bytes = (value: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => Math.floor(value / 256 ** i) % 256)
  return [0xff, ...bytes(from, 4), ...bytes(length, 3)]
}

/** Up to 127 literal bytes. */
export function insertOp(bytes: ArrayLike<number>): number[] {
  return [bytes.length, ...Array.from(bytes)]
}
