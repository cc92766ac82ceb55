import type { GitObject, ObjectType, Oid } from '../types.ts'

/** Random access to the bytes of one pack, wherever it is kept. */
export interface PackBytes {
  /** Bytes, trailer included. */
  readonly size: number
  /** Exactly `length` bytes from `offset`; the caller must not write into them. Rejects with `PackRowError` where a row is missing or short. */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** Reads objects by id: the closed set of one repository, or an overlay over it. */
export interface ObjectSource {
  /** The object, or null where it is not in this set. */
  read(oid: Oid): Promise<GitObject | null>
  has(oid: Oid): Promise<boolean>
  /** Type and inflated size without the content, as far as that is cheaper. */
  info(oid: Oid): Promise<{ type: ObjectType; size: number } | null>
}

/** Finds where an object stands, so that its compressed entry can be copied. */
export interface EntrySource extends ObjectSource {
  locate(oid: Oid): Promise<EntryLocation | null>
}

export interface EntryLocation {
  pack: PackBytes
  /** Where its entry begins in `pack`. */
  offset: number
  /** Where the next one begins. */
  end: number
  /** Names the pack, to tell whether a base is in the same. */
  packKey: string
  /** CRC-32 of the entry, checked when it is copied. */
  crc?: number
  /** The oid of the entry at `offset` of the same pack, for an ofs-delta's base. */
  oidAt(offset: number): Promise<Oid | null>
}

/** A pack's index as typed arrays, sorted by oid: no per-object strings. */
export interface PackIndex {
  count: number
  /** 20 bytes an object, ascending. */
  oids: Uint8Array
  /** Where each entry begins (53 bits). */
  offsets: Float64Array
  /** CRC-32 of each compressed entry, header included. */
  crcs: Uint32Array
  /** The pack's SHA-1 trailer, 20 bytes. */
  trailer: Uint8Array
}

export interface IndexLimits {
  /** Bytes of one inflated object. */
  maxObjectBytes: number
  maxDeltaChain: number
  /** Bytes of all inflated objects. */
  maxInflatedBytes: number
  /** Bytes of all inflated objects allowed for each byte of the pack, besides `maxInflatedBytes` (default 0). */
  inflationFactor?: number
  /** Bytes of all inflated objects above which a dense pack is first only counted (default 128 MiB, and 64 for each byte of it). */
  steepBytes?: number
  /** Bytes kept besides what each object takes: half for objects that deltas build on, the rest for deltas and the pack. */
  cacheBytes: number
}

export interface IndexedPack {
  index: PackIndex
  /** Links of this pack's objects that are not in it: they must be in the closed set (gitlinks are no links). At most 2^20. */
  missing: Uint8Array
  /** Types expected of `missing` by those who link to them: 1 commit, 2 tree, 3 blob, 4 tag, 0 any. */
  missingTypes: Uint8Array
  /** Objects that no other object of the pack links to, 20 bytes each: they reach all the rest. Empty without `closure`. */
  roots: Uint8Array
  /** Thin packs: bases outside of it, each to be appended to complete the pack. */
  externalBases: Oid[]
  /** Trees with a name that git would not check out (DESIGN trust 9). */
  hostileTrees: Array<{ tree: Oid; name: string; reason: string }>
  submodules: number
}
