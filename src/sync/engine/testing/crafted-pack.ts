import {
  buildManifest,
  chunkLength,
  decodeManifest,
  encodeManifest,
  INDEX_LIMITS,
  indexPackBytes,
  MemoryPack,
  packIdOf,
  type Manifest,
} from '../../../git/testing.ts'
import { CHUNK_BYTES } from '../../wire/index.ts'
import { git, packOfObjects } from './git.ts'
import type { GitStore, InventoryEntry } from '../../../git/index.ts'

/** A base pack as a holder that lies would make one: each chunk is what its manifest says. */
export interface CraftedPack {
  entry: InventoryEntry
  manifest: Uint8Array
  chunks: Uint8Array[]
}

/** The first base pack of `store`, with `change` made to its chunks, or to what the manifest says besides their hashes. */
export async function alteredPack(
  store: GitStore,
  token: string,
  change: (manifest: Manifest, chunks: Uint8Array[]) => void,
): Promise<CraftedPack> {
  const [pack] = await store.inventory(token)
  if (pack == null) throw new Error('No base pack')
  const manifest = decodeManifest(await store.manifest(token, pack.packId))
  const chunks: Uint8Array[] = []
  for (let n = 0; n < manifest.chunks; n++) chunks.push((await store.chunk(token, pack.packId, n)).slice())
  change(manifest, chunks)
  return crafted(manifest, chunks)
}

/** All that the branches and tags of the repository in `source` reach, without one file. */
export async function packWithoutFile(source: string, path: string): Promise<CraftedPack> {
  const left = (await git(source, 'rev-parse', `HEAD:${path}`)).trim()
  const listed = await git(source, 'rev-list', '--objects', '--branches', '--tags')
  const oids = listed.split('\n').map((line) => line.slice(0, 40))
  const bytes = packOfObjects(
    source,
    oids.filter((oid) => oid !== left),
  )
  const pack = new MemoryPack(bytes)
  const { index } = await indexPackBytes(pack, { limits: INDEX_LIMITS, closure: false })
  const manifest = await buildManifest(pack, index)
  const chunks = Array.from({ length: manifest.chunks }, (_, n) => {
    return bytes.slice(n * CHUNK_BYTES, n * CHUNK_BYTES + chunkLength(manifest, n))
  })
  return crafted(manifest, chunks)
}

/** What a store says that has it and no other. */
export function serving({ entry, manifest, chunks }: CraftedPack): Partial<GitStore> {
  return {
    inventory: async () => [entry],
    manifest: async () => manifest.slice(),
    chunk: async (_id, _packId, index) => (chunks[index] ?? new Uint8Array(0)).slice(),
  }
}

async function crafted(described: Manifest, chunks: Uint8Array[]): Promise<CraftedPack> {
  const size = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const manifest: Manifest = {
    ...described,
    size,
    chunks: chunks.length,
    hashes: new Uint8Array(32 * chunks.length),
    firstEntries: described.firstEntries.slice(0, chunks.length),
  }
  for (const [n, chunk] of chunks.entries()) {
    manifest.hashes.set(new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(chunk))), 32 * n)
  }
  const bytes = encodeManifest(manifest)
  return { entry: { packId: await packIdOf(bytes), size, objects: manifest.objects }, manifest: bytes, chunks }
}
