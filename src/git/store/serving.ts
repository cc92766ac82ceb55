import { LimitError, NotServedError, PackRowError } from '../errors.ts'
import { decodeText, hostileName, isSymlinkMode, parseCommit, treeEntries } from '../object/index.ts'
import {
  checkChunk,
  chunkLength,
  CHUNK_BYTES,
  decodeManifest,
  encodeBundleHeader,
  writePack,
  type Manifest,
} from '../pack/index.ts'
import type { CallOptions, Oid, RepositoryKey } from '../types.ts'
import { chooseReadme } from '../view/index.ts'
import type { InventoryEntry, ObjectsRequest, PackId } from './git-store.ts'
import { servedPacks, type ServedPack } from './inventory.ts'
import type { Locks } from './locks.ts'
import { difference } from './object-walk.ts'
import type { Output } from './readers.ts'
import { holdPacks } from './reading.ts'
import type { OpenRepository, Repositories } from './repositories.ts'
import { SharedReach } from './shared-reach.ts'
import { StoredRowError } from './stored-bytes.ts'

/** Objects that one request may ask for, and that it may name as present. */
export const MAX_WANTS = 1024
export const MAX_HAVES = 4096
/** Bytes of a README that comes with a snapshot: it must be on screen at once. */
const MAX_README_BYTES = 1024 * 1024

/** Objects that are sent without asking back: some 100 KB, which take no longer than the round trip that it costs. */
export const NEGOTIATED_OBJECTS = 200

/** What of a repository may be served at one generation. */
interface Shared {
  open: OpenRepository
  reach: SharedReach
  packs: Promise<Map<PackId, ServedPack>> | undefined
}

/** Gives out what the shared refs reach, and nothing else (I0). */
export class Serving {
  readonly #repositories: Repositories
  readonly #locks: Locks
  readonly #onDamage: (open: OpenRepository, error: PackRowError) => Promise<void>
  /** Goes with what was opened: a generation that is over, or a removed repository, is not kept in memory. */
  readonly #shared = new WeakMap<OpenRepository, Shared>()
  readonly #manifests = new WeakMap<Uint8Array, Manifest>()

  /** `onDamage` is told of rows that turn out to be damaged while they are copied. */
  constructor(
    repositories: Repositories,
    locks: Locks,
    onDamage: (open: OpenRepository, error: PackRowError) => Promise<void>,
  ) {
    this.#repositories = repositories
    this.#locks = locks
    this.#onDamage = onDamage
  }

  async inventory(id: RepositoryKey): Promise<InventoryEntry[]> {
    return [...(await this.#packs(id)).values()].map(({ entry }) => entry)
  }

  async manifest(id: RepositoryKey, packId: PackId): Promise<Uint8Array> {
    return (await this.#pack(id, packId)).manifest.slice()
  }

  async chunk(id: RepositoryKey, packId: PackId, index: number): Promise<Uint8Array> {
    const { pack, manifest: bytes } = await this.#pack(id, packId)
    const manifest = this.#manifests.get(bytes) ?? decodeManifest(bytes)
    this.#manifests.set(bytes, manifest)
    if (!Number.isInteger(index) || index < 0 || index >= manifest.chunks) throw new NotServedError()
    const chunk = await pack.bytes.read(index * CHUNK_BYTES, chunkLength(manifest, index))
    // Whoever sends a bad chunk is banned for it: a disk's fault must not go out.
    if (!(await checkChunk(manifest, index, chunk))) throw new StoredRowError(pack.row.key, index)
    return chunk.slice()
  }

  async objects(id: RepositoryKey, request: ObjectsRequest, options: CallOptions = {}): Promise<Output> {
    if (request.wants.length > MAX_WANTS) throw new LimitError('The number of objects asked for', MAX_WANTS)
    if (request.haves.length > MAX_HAVES) throw new LimitError('The number of objects named as present', MAX_HAVES)
    return await this.#reading(id, async ({ open, reach }) => {
      const { signal } = options
      const wants = request.filter === 'snapshot' && request.wants.length === 0 ? headOf(open) : request.wants
      await reach.need(wants, signal)
      const chosen = await this.#choose(open, reach, { ...request, wants }, signal)
      const output = await writePack({ source: open.objects, ...chosen, ...options })
      return {
        objects: output.objects,
        bytes: this.#watched(open, output.bytes),
        check: async () => await this.#stillShared(id, open, wants),
      }
    })
  }

  /** All of the branches and tags, as a bundle. */
  async bundle(id: RepositoryKey, options: CallOptions = {}): Promise<Output> {
    return await this.#reading(id, async ({ open }) => {
      const { snapshot, objects: source } = open
      const wants = [...new Set(snapshot.refs.map(({ oid }) => oid))]
      const { objects } = await difference(source, wants, [], options.signal)
      const head = snapshot.refs.find(({ name }) => name === snapshot.repository.head)?.oid ?? null
      const pack = await writePack({ objects, source, ...options })
      const header = encodeBundleHeader(snapshot.refs, head)
      const bytes = this.#watched(open, pack.bytes)
      return {
        objects: pack.objects,
        // One's own copy, on one's own disk: as it was when it was asked for.
        check: async () => undefined,
        bytes: (async function* () {
          yield header
          yield* bytes
        })(),
      }
    })
  }

  /** Holds the packs, which may be rolled up or written anew at any time, for what is made to be read. */
  async #reading(id: RepositoryKey, make: (shared: Shared) => Promise<Omit<Output, 'release'>>): Promise<Output> {
    for (;;) {
      const shared = await this.#at(id)
      const release = await holdPacks(
        this.#locks,
        shared.open.snapshot.packs.map(({ key }) => key),
      )
      if (release === null) continue
      try {
        // What was rolled up before it was held may be gone already.
        if ((await this.#at(id)) === shared) return { ...(await make(shared)), release }
      } catch (error) {
        await release()
        throw error
      }
      await release()
    }
  }

  async #choose(
    open: OpenRepository,
    reach: SharedReach,
    { filter, wants, haves, thin, negotiate, most = Infinity }: ObjectsRequest,
    signal: AbortSignal | undefined,
  ): Promise<{ objects: Iterable<Oid> | Uint8Array; thinBases?: (oid: Oid) => boolean }> {
    switch (filter) {
      case 'objects':
        return { objects: wants }
      case 'snapshot':
        return { objects: await snapshotOf(open, wants) }
      case 'closure': {
        // What is here but not shared counts as unknown, or leaving it out would tell that it is here.
        const known: Oid[] = []
        for (const have of haves) if (await reach.has(have, signal)) known.push(have)
        const unsure = negotiate === true && known.length < haves.length ? NEGOTIATED_OBJECTS : Infinity
        const { objects, thinBases } = await difference(open.objects, wants, known, signal, Math.min(most, unsure))
        return thin ? { objects, thinBases } : { objects }
      }
    }
  }

  /** Entries are copied without being inflated: what turns out to be damaged then is found by its offset. */
  async *#watched(open: OpenRepository, bytes: Output['bytes']): Output['bytes'] {
    try {
      yield* bytes
    } catch (error) {
      if (error instanceof PackRowError) await this.#onDamage(open, error)
      throw error
    }
  }

  async #stillShared(id: RepositoryKey, open: OpenRepository, wants: Oid[]): Promise<void> {
    const now = await this.#at(id)
    if (now.open !== open) await now.reach.need(wants)
  }

  async #pack(id: RepositoryKey, packId: PackId): Promise<ServedPack> {
    const pack = (await this.#packs(id)).get(packId)
    if (pack === undefined) throw new NotServedError()
    return pack
  }

  async #packs(id: RepositoryKey): Promise<Map<PackId, ServedPack>> {
    const shared = await this.#at(id)
    shared.packs ??= servedPacks(shared.open, shared.reach).catch((error: unknown) => {
      shared.packs = undefined
      throw error
    })
    return await shared.packs
  }

  /** What is known of the repository at its present generation: compared at every call. */
  async #at(id: RepositoryKey): Promise<Shared> {
    const open = await this.#repositories.open(id)
    let shared = this.#shared.get(open)
    if (shared === undefined) {
      shared = { open, reach: new SharedReach(open), packs: undefined }
      this.#shared.set(open, shared)
    }
    return shared
  }
}

function headOf({ snapshot }: OpenRepository): Oid[] {
  const head = snapshot.refs.find(({ name }) => name === snapshot.repository.head)
  return head === undefined ? [] : [head.oid]
}

/** The commits asked for, each with its root tree and README. */
async function snapshotOf(open: OpenRepository, wants: Oid[]): Promise<Oid[]> {
  const objects: Oid[] = []
  for (const oid of wants) {
    objects.push(oid)
    const commit = await open.objects.read(oid)
    if (commit?.type !== 'commit') continue
    const { tree } = parseCommit(commit.bytes)
    objects.push(tree)
    const root = await open.objects.read(tree)
    if (root?.type !== 'tree') continue
    const readme = readmeOf(root.bytes)
    const info = readme === null ? null : await open.objects.info(readme)
    if (readme !== null && info !== null && info.size <= MAX_README_BYTES) objects.push(readme)
  }
  return objects
}

/** The one that is shown below the file list. */
function readmeOf(root: Uint8Array): Oid | null {
  const files = new Map<string, Oid>()
  for (const entry of treeEntries(root)) {
    const isFile = !entry.isTree && !entry.isGitlink && !isSymlinkMode(entry.mode)
    if (isFile && hostileName(entry.name, entry.mode) === null) files.set(decodeText(entry.name), entry.oid)
  }
  return files.get(chooseReadme([...files.keys()]) ?? '') ?? null
}
