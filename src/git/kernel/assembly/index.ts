/** What costs most when packs are read, in one memory, so that bytes are not copied between the steps. */
export { crc32 } from './checksums'
export { applyDelta, deltaBaseSize, deltaResultSize, readDeltaHeader } from './delta'
export { inflate, inflateInputAt, inflateOutputAt, inflateReset } from './inflate'
export { beginObject, hashObject, writeObjectHeader } from './object'
export { sha1Begin, sha1End, sha1Update } from './sha1'

/** From here on memory is the caller's. */
export function heapBase(): usize {
  return __heap_base
}
