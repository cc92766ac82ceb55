import { bytesToHex, equalBytes, OID_BYTES } from '../object/oid.ts'
import type { CallOptions } from '../types.ts'
import { MIN_ENTRY_BYTES, PACK_HEADER_BYTES, PACK_TRAILER_BYTES } from './entry.ts'
import { ManifestError } from './errors.ts'
import type { PackBytes, PackIndex } from './types.ts'

/** Base packs move in chunks of this many bytes; the last one is shorter. */
export const CHUNK_BYTES = 262_144
/** Above it no peer sends or takes a manifest: it covers packs of 7.1 GiB. */
export const MAX_MANIFEST_BYTES = 1024 * 1024
export const MAX_CHUNKS = Math.floor((MAX_MANIFEST_BYTES - 44) / 36)
/** No entry begins in the chunk. */
export const NO_ENTRY = 0xffffffff

const MAGIC = 0x47504d31
const HEADER_BYTES = 44
const CHUNK_ROW_BYTES = 36
const SHA256_BYTES = 32

/**
 * What a base pack's manifest says. As bytes, numbers big-endian: magic `GPM1`; pack size (8), object count (4), chunk size
 * (4, always 262144), the pack's SHA-1 trailer (20), chunk count (4); then for each chunk its SHA-256 (32) and the offset
 * within it of the first entry that begins in it (4, 0xffffffff for none).
 */
export interface Manifest {
  /** Bytes of the pack, trailer included. */
  size: number
  objects: number
  /** The pack's SHA-1 trailer, 20 bytes. */
  trailer: Uint8Array
  chunks: number
  /** 32 bytes a chunk. */
  hashes: Uint8Array
  /** One number a chunk. */
  firstEntries: Uint32Array
}

/** Bytes of chunk `index`. */
export function chunkLength(manifest: Pick<Manifest, 'size' | 'chunks'>, index: number): number {
  return index === manifest.chunks - 1 ? manifest.size - index * CHUNK_BYTES : CHUNK_BYTES
}

export function encodeManifest(manifest: Manifest): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + manifest.chunks * CHUNK_ROW_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC)
  view.setBigUint64(4, BigInt(manifest.size))
  view.setUint32(12, manifest.objects)
  view.setUint32(16, CHUNK_BYTES)
  bytes.set(manifest.trailer.subarray(0, OID_BYTES), 20)
  view.setUint32(40, manifest.chunks)
  for (let i = 0; i < manifest.chunks; i++) {
    const at = HEADER_BYTES + i * CHUNK_ROW_BYTES
    bytes.set(manifest.hashes.subarray(i * SHA256_BYTES, (i + 1) * SHA256_BYTES), at)
    view.setUint32(at + SHA256_BYTES, manifest.firstEntries[i] as number)
  }
  checkManifest(manifest, bytes.length)
  return bytes
}

/** Throws `ManifestError` where a field contradicts another, or the bytes are more than 1 MiB. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  if (bytes.length > MAX_MANIFEST_BYTES)
    throw new ManifestError('The manifest is bigger than 1 MiB. Ask another holder.')
  if (bytes.length < HEADER_BYTES) throw new ManifestError()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const size = view.getBigUint64(4)
  if (view.getUint32(0) !== MAGIC || view.getUint32(16) !== CHUNK_BYTES) throw new ManifestError()
  if (size > BigInt(MAX_CHUNKS * CHUNK_BYTES)) throw new ManifestError()
  const chunks = view.getUint32(40)
  if (bytes.length !== HEADER_BYTES + chunks * CHUNK_ROW_BYTES) throw new ManifestError()
  const hashes = new Uint8Array(chunks * SHA256_BYTES)
  const firstEntries = new Uint32Array(chunks)
  for (let i = 0; i < chunks; i++) {
    const at = HEADER_BYTES + i * CHUNK_ROW_BYTES
    hashes.set(bytes.subarray(at, at + SHA256_BYTES), i * SHA256_BYTES)
    firstEntries[i] = view.getUint32(at + SHA256_BYTES)
  }
  const trailer = bytes.slice(20, 20 + OID_BYTES)
  const manifest = { size: Number(size), objects: view.getUint32(12), trailer, chunks, hashes, firstEntries }
  checkManifest(manifest, bytes.length)
  return manifest
}

function checkManifest(manifest: Manifest, length: number): void {
  const { size, objects, chunks, firstEntries } = manifest
  const body = size - PACK_HEADER_BYTES - PACK_TRAILER_BYTES
  if (length > MAX_MANIFEST_BYTES) throw new ManifestError('The pack is too big for one manifest of 1 MiB.')
  if (manifest.trailer.length !== OID_BYTES || chunks !== Math.ceil(size / CHUNK_BYTES)) throw new ManifestError()
  // An empty pack is never a base pack.
  if (objects === 0 || objects * MIN_ENTRY_BYTES > body) throw new ManifestError()
  if (firstEntries[0] !== PACK_HEADER_BYTES) throw new ManifestError()
  let begins = 0
  for (let i = 0; i < chunks; i++) {
    const first = firstEntries[i] as number
    if (first === NO_ENTRY) continue
    if (first >= chunkLength(manifest, i) || i * CHUNK_BYTES + first >= size - PACK_TRAILER_BYTES)
      throw new ManifestError()
    begins++
  }
  if (begins > objects) throw new ManifestError()
}

/** `PackId`: SHA-256 of the manifest, 64 hexadecimal digits. */
export async function packIdOf(manifest: Uint8Array): Promise<string> {
  return bytesToHex(await sha256(manifest))
}

/** `true` where the bytes are chunk `index` of the pack. */
export async function checkChunk(manifest: Manifest, index: number, bytes: Uint8Array): Promise<boolean> {
  if (index < 0 || index >= manifest.chunks || bytes.length !== chunkLength(manifest, index)) return false
  return equalBytes(await sha256(bytes), manifest.hashes.subarray(index * SHA256_BYTES, (index + 1) * SHA256_BYTES))
}

/** The manifest of a complete pack. Reads all of it once. Throws `ManifestError` where it is too big for one. */
export async function buildManifest(pack: PackBytes, index: PackIndex, options: CallOptions = {}): Promise<Manifest> {
  const chunks = Math.ceil(pack.size / CHUNK_BYTES)
  if (chunks > MAX_CHUNKS) throw new ManifestError('The pack is too big for one manifest of 1 MiB.')
  const manifest: Manifest = {
    size: pack.size,
    objects: index.count,
    trailer: index.trailer.slice(),
    chunks,
    hashes: new Uint8Array(chunks * SHA256_BYTES),
    firstEntries: new Uint32Array(chunks).fill(NO_ENTRY),
  }
  for (let i = 0; i < index.count; i++) {
    const offset = index.offsets[i] as number
    const chunk = Math.floor(offset / CHUNK_BYTES)
    const within = offset - chunk * CHUNK_BYTES
    if (within < (manifest.firstEntries[chunk] as number)) manifest.firstEntries[chunk] = within
  }
  for (let i = 0; i < chunks; i++) {
    options.signal?.throwIfAborted()
    const chunk = await pack.read(i * CHUNK_BYTES, chunkLength(manifest, i))
    manifest.hashes.set(await sha256(chunk), i * SHA256_BYTES)
    options.onProgress?.({ phase: 'check', bytes: Math.min(pack.size, (i + 1) * CHUNK_BYTES), totalBytes: pack.size })
  }
  checkManifest(manifest, HEADER_BYTES + chunks * CHUNK_ROW_BYTES)
  return manifest
}

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  // A view of a SharedArrayBuffer is refused by the digest; none comes here, and a copy would cost more than the check.
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
}
