import type { Backend } from '../backend/backend.ts'
import { ChunkMissingError, PackError, PackRowError } from '../errors.ts'
import { bytesToHex } from '../object/index.ts'
import type { CallOptions, RepositoryKey } from '../types.ts'
import { checkManifestOf, type BaseSession, type BaseStaging } from './base-staging.ts'
import { checkClosure } from './closure.ts'
import type { PackId } from './git-store.ts'
import type { Locks } from './locks.ts'
import { objectsHere, type IntakeParts } from './pack-intake.ts'
import { RowCache } from './row-cache.ts'
import { stagedObjects, type StagedState } from './staged.ts'
import { StoredBytes, StoredRowError } from './stored-bytes.ts'

export interface FinishParts extends IntakeParts {
  backend: Backend
  locks: Locks
  bases: BaseStaging
}

/**
 * Checks a base pack whose chunks are all here: every id, its manifest, its closure in the repository. Most of it was done
 * while the chunks came. One tab at a time does it for a pack; the next one finds the index. Rejects with `PackError`; a
 * pack that is damaged is dropped, one whose links lead nowhere here stays, for what it builds on may still come.
 */
export async function finishBasePack(
  parts: FinishParts,
  id: RepositoryKey,
  packId: PackId,
  options: CallOptions = {},
): Promise<StagedState> {
  const { signal } = options
  return await parts.locks.request(`guts-verify-${packId}`, { mode: 'exclusive', signal }, async () => {
    const session = await parts.bases.complete(packId)
    const bytes = new StoredBytes(session.key, session.manifest.size, parts.rows)
    const { stored, roots } = await verified(parts, session, bytes, options)
    await checkClosure(stored, await objectsHere(parts, id), signal)
    signal?.throwIfAborted()
    const staging = `${packId}-${id}`
    const state: StagedState = {
      staging,
      repository: id,
      storage: null,
      key: session.key,
      bytes,
      stored,
      objects: stagedObjects(staging, bytes, stored),
      base: { packId, manifest: session.bytes },
      roots,
      hostileTrees: [],
      admitted: () => parts.bases.close(packId),
    }
    parts.staged.add(state)
    return state
  })
}

/** The index that an earlier check left, here or in another tab; else the pack is checked now. */
async function verified(parts: FinishParts, session: BaseSession, bytes: StoredBytes, options: CallOptions) {
  const row = await parts.backend.pack(session.key)
  const known = row === undefined || row.trailer === '' ? undefined : await parts.backend.readIndex(session.key)
  if (row !== undefined && known !== undefined) return { stored: known, roots: row.roots }
  // Another repository holds it, and its index was lost, as a row can be.
  if (row?.state === 'verified') throw new StoredRowError(row.key, null)
  try {
    // What was read of its rows before they were all here is of no use.
    parts.rows.forget(session.key)
    // Once is enough: what others read again and again stays in the cache.
    const uncached = new StoredBytes(session.key, bytes.size, new RowCache(parts.backend, 0))
    const indexed = await parts.bases.index(session.packId, uncached, options)
    checkManifestOf(session.manifest, indexed.index)
    const stored = { index: indexed.index, missing: indexed.missing, missingTypes: indexed.missingTypes }
    await parts.backend.writeIndex(session.key, stored, {
      trailer: bytesToHex(indexed.index.trailer),
      objects: indexed.index.count,
      order: Date.now(),
      roots: indexed.roots,
    })
    return { stored, roots: indexed.roots }
  } catch (error) {
    const isHere = error instanceof PackRowError || error instanceof ChunkMissingError
    if (error instanceof PackError && !isHere) {
      parts.bases.carried.drop(session.packId)
      await parts.bases.close(session.packId)
      await parts.backend.dropPack(session.key)
    }
    throw error
  }
}
