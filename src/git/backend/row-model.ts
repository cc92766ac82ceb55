import { StagingNotFoundError } from '../errors.ts'
import type { PackId, SignedRefsRow } from '../store/git-store.ts'
import { compareNames } from '../store/ref-names.ts'
import type { Oid, RepositoryKey } from '../types.ts'
import type { PackKey, PackRow, RepositoryChange, RepositoryRow, RepositorySnapshot } from './backend.ts'
import { belongsTo, damaged, demoted, planCommit, without, writerKey, type PlannedWrites } from './plan.ts'

export interface ModelRepository {
  row: RepositoryRow
  refs: Map<string, Oid>
  signedRefs: Map<string, SignedRefsRow>
  /** Bytes of each loose object. */
  loose: Map<Oid, number>
}

/** The rows of a backend whose only process is this one: in memory, of which the disk is a durable copy. Never awaits. */
export class RowModel {
  readonly repositories = new Map<RepositoryKey, ModelRepository>()
  readonly packs = new Map<PackKey, PackRow>()

  generation(id: RepositoryKey): number | undefined {
    return this.repositories.get(id)?.row.generation
  }

  snapshot(id: RepositoryKey): RepositorySnapshot | undefined {
    const repository = this.repositories.get(id)
    if (repository === undefined) return undefined
    return {
      repository: repository.row,
      refs: [...repository.refs].map(([name, oid]) => ({ name, oid })).sort((a, b) => compareNames(a.name, b.name)),
      signedRefs: [...repository.signedRefs.values()],
      packs: this.packsOf(id),
      loose: [...repository.loose.keys()],
    }
  }

  /** Verified packs that the repository holds, oldest first. */
  packsOf(id: RepositoryKey): PackRow[] {
    return [...this.packs.values()]
      .filter((pack) => pack.state === 'verified' && pack.holders.includes(id))
      .sort((a, b) => a.order - b.order)
  }

  packsById(packId: PackId): PackRow[] {
    return [...this.packs.values()].filter((pack) => pack.packId === packId)
  }

  /** Throws `TransactionConflictError`. Changes nothing. */
  plan(change: RepositoryChange): PlannedWrites {
    const repository = this.repositories.get(change.transaction.repository)
    return planCommit(
      {
        repository: repository?.row,
        refs: repository?.refs ?? new Map(),
        signedRefs: repository?.signedRefs ?? new Map(),
        packs: this.packs,
      },
      change,
    )
  }

  apply(writes: PlannedWrites): void {
    const { id } = writes.repository
    const repository: ModelRepository = this.repositories.get(id) ?? {
      row: writes.repository,
      refs: new Map(),
      signedRefs: new Map(),
      loose: new Map(),
    }
    repository.row = writes.repository
    for (const name of writes.deleteRefs) repository.refs.delete(name)
    for (const { name, oid } of writes.putRefs) repository.refs.set(name, oid)
    for (const row of writes.putSignedRefs) repository.signedRefs.set(writerKey(row), row)
    for (const { oid, bytes } of writes.putLoose) repository.loose.set(oid, bytes.length)
    for (const pack of writes.putPacks) this.packs.set(pack.key, pack)
    for (const pack of writes.retirePacks) this.packs.set(pack.key, pack)
    for (const key of writes.dropPacks) this.packs.delete(key)
    for (const oid of writes.dropLoose) repository.loose.delete(oid)
    this.repositories.set(id, repository)
  }

  looseBytes(id: RepositoryKey): number {
    let sum = 0
    for (const bytes of this.repositories.get(id)?.loose.values() ?? []) sum += bytes
    return sum
  }

  staging(key: PackKey): PackRow {
    const row = this.packs.get(key)
    if (row?.state !== 'staging') throw new StagingNotFoundError()
    return row
  }

  /** What removing a repository does to the packs that it has to do with. */
  withoutRepository(id: RepositoryKey): Array<{ key: PackKey; before: PackRow; after: PackRow | undefined }> {
    return [...this.packs.values()]
      .filter((pack) => belongsTo(pack, id))
      .map((before) => ({ key: before.key, before, after: without(before, id) }))
  }

  /** The pack and its holders after it was found damaged; undefined if it is not `verified`. */
  demotion(key: PackKey, badRow: number | null): { pack: PackRow; repositories: RepositoryRow[] } | undefined {
    const pack = this.packs.get(key)
    if (pack?.state !== 'verified') return undefined
    const repositories = pack.holders.flatMap((id) => this.repositories.get(id)?.row ?? [])
    return {
      pack: demoted(pack, badRow),
      repositories: repositories.map(damaged),
    }
  }
}
