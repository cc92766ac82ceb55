import { Sha1 } from '../object/hash.ts'
import { fromHex, OID_BYTES, typeCode } from '../object/oid.ts'
import type { CallOptions } from '../types.ts'
import { crc32 } from './crc32.ts'
import { entryHeader, PACK_HEADER_BYTES, PACK_TRAILER_BYTES, packHeader } from './entry.ts'
import { MissingBaseError } from './errors.ts'
import { deflateBytes } from './inflate.ts'
import { Slices } from './pause.ts'
import { sortOids } from './sort-index.ts'
import type { IndexedPack, ObjectSource, PackBytes, PackIndex } from './types.ts'

/** What makes a thin pack whole, besides what was appended. */
export interface ThinCompletion {
  /** Replaces the first 12 bytes of the pack. */
  header: Uint8Array<ArrayBuffer>
  /** Bytes of the whole pack. */
  size: number
  /** Index of the whole pack, with its new trailer. */
  index: PackIndex
}

export interface ThinOptions extends CallOptions {
  pack: PackBytes
  indexed: IndexedPack
  /** Has the bases. */
  external: ObjectSource
  /**
   * Takes the bytes that follow the pack without its old trailer: the first call's are for `pack.size - 20`, the last
   * call's are the new trailer. Awaited before the next.
   */
  append: (bytes: Uint8Array) => Promise<void> | void
}

const PIECE_BYTES = 256 * 1024

/**
 * Completes a thin pack as `git index-pack --fix-thin` does: appends each base that it lacks as a whole entry, and says what
 * header and trailer it then has. `pack` itself is read, once, and not changed; the caller writes `header` over its
 * beginning. A pack that lacks nothing is left as it is, and nothing is appended.
 */
export async function completeThinPack(options: ThinOptions): Promise<ThinCompletion> {
  const { pack, indexed, external, append } = options
  const { index, externalBases } = indexed
  const header = packHeader(index.count + externalBases.length)
  if (externalBases.length === 0) return { header, size: pack.size, index }

  const slices = new Slices(options.signal)
  const sha1 = new Sha1()
  sha1.init()
  sha1.update(header)
  const end = pack.size - PACK_TRAILER_BYTES
  for (let at = PACK_HEADER_BYTES; at < end; at += PIECE_BYTES) {
    sha1.update(await pack.read(at, Math.min(PIECE_BYTES, end - at)))
    options.onProgress?.({ phase: 'write', bytes: at, totalBytes: pack.size })
    if (slices.due) await slices.next()
  }

  const count = index.count + externalBases.length
  const oids = new Uint8Array(count * OID_BYTES)
  const offsets = new Float64Array(count)
  const crcs = new Uint32Array(count)
  oids.set(index.oids.subarray(0, index.count * OID_BYTES))
  offsets.set(index.offsets.subarray(0, index.count))
  crcs.set(index.crcs.subarray(0, index.count))
  let size = end
  for (const [i, oid] of externalBases.entries()) {
    const base = await external.read(oid)
    if (base === null) throw new MissingBaseError(oid)
    const head = Uint8Array.from(entryHeader(typeCode(base.type), base.bytes.length))
    const data = deflateBytes(base.bytes)
    oids.set(fromHex(oid), (index.count + i) * OID_BYTES)
    offsets[index.count + i] = size
    crcs[index.count + i] = crc32(data, 0, data.length, crc32(head))
    size += head.length + data.length
    sha1.update(head)
    sha1.update(data)
    await append(head)
    await append(data)
    await slices.next()
  }
  const trailer = sha1.digest()
  await append(trailer.slice())
  return { header, size: size + PACK_TRAILER_BYTES, index: sorted(count, oids, offsets, crcs, trailer) }
}

function sorted(
  count: number,
  oids: Uint8Array,
  offsets: Float64Array,
  crcs: Uint32Array,
  trailer: Uint8Array,
): PackIndex {
  const order = sortOids(oids, count)
  const index = {
    count,
    oids: new Uint8Array(oids.length),
    offsets: new Float64Array(count),
    crcs: new Uint32Array(count),
    trailer,
  }
  for (let i = 0; i < count; i++) {
    const from = order[i] as number
    index.oids.set(oids.subarray(from * OID_BYTES, (from + 1) * OID_BYTES), i * OID_BYTES)
    index.offsets[i] = offsets[from] as number
    index.crcs[i] = crcs[from] as number
  }
  return index
}
