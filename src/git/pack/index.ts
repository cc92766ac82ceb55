export { BaseCache, type CachedBase } from './base-cache.ts'
export { INDEX_LIMITS } from './budget.ts'
export * from './bundle-errors.ts'
export {
  encodeBundleHeader,
  guessHead,
  MAX_BUNDLE_HEADER_BYTES,
  parseBundleHeader,
  type BundleHeader,
} from './bundle.ts'
export { crc32 } from './crc32.ts'
export { applyDelta, parseDeltaHeader } from './delta.ts'
export {
  entryHeader,
  OFS_DELTA,
  PACK_HEADER_BYTES,
  PACK_TRAILER_BYTES,
  packHeader,
  parseEntryHeader,
  parsePackHeader,
  REF_DELTA,
  type EntryHeader,
  type EntryType,
} from './entry.ts'
export * from './errors.ts'
export { decodeIdx, encodeIdx, fanoutOf, findInIndex, findPrefix } from './idx.ts'
export { MAX_HOSTILE_TREES, MAX_MISSING } from './graph.ts'
export { indexPackBytes, PackIndexer, type PackIndexerOptions } from './indexer.ts'
export { deflateBytes, Inflater } from './inflate.ts'
export {
  buildManifest,
  checkChunk,
  CHUNK_BYTES,
  chunkLength,
  decodeManifest,
  encodeManifest,
  MAX_CHUNKS,
  MAX_MANIFEST_BYTES,
  NO_ENTRY,
  packIdOf,
  type Manifest,
} from './manifest.ts'
export { MemoryPack } from './memory-pack.ts'
export { PackOrder } from './order.ts'
export { MAX_DELTA_CHAIN, MAX_OBJECT_BYTES, oidAtPosition, PackObjects, type PackObjectsOptions } from './read-entry.ts'
export type * from './types.ts'
export { completeThinPack, type ThinCompletion, type ThinOptions } from './thin.ts'
export { writePack, type PackOutput, type WritePackOptions } from './writer.ts'
