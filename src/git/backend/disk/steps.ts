import type { PackKey, PackRow, RepositoryRow } from '../backend.ts'
import { writerKey, type PlannedWrites } from '../plan.ts'
import type { RepositoryKey } from '../../types.ts'
import type { ModelRepository, RowModel } from '../row-model.ts'
import type { JournalStep } from './journal.ts'
import {
  base64,
  base64Text,
  GIT_CONFIG,
  GIT_DIRECTORIES,
  headFile,
  loosePath,
  missingPath,
  packedRefs,
  packFile,
  packPath,
  packRowPath,
  repositoryFile,
  repositoryPath,
  rowBits,
  signedRefsFile,
  signedRefsPath,
  stagingPath,
} from './layout.ts'

/**
 * What a commit does to files, in an order in which git never sees a ref before its objects: packs, loose objects, rows, refs,
 * and at last what is no longer needed.
 */
export async function commitSteps(
  model: RowModel,
  writes: PlannedWrites,
  isThere: (path: string) => Promise<boolean>,
): Promise<JournalStep[]> {
  const { id } = writes.repository
  const steps: JournalStep[] = []
  const before = model.repositories.get(id)
  if (before === undefined) steps.push(...createSteps(id))
  for (const row of writes.putPacks) steps.push(...admitSteps(id, row, model.packs.get(row.key)))
  const folders = new Set<string>()
  for (const { oid, bytes } of writes.putLoose) {
    const path = loosePath(id, oid)
    const folder = path.slice(0, path.lastIndexOf('/'))
    if (!folders.has(folder) && !(await isThere(folder))) steps.push({ do: 'mkdir', path: folder })
    folders.add(folder)
    if (before?.loose.has(oid) !== true) steps.push({ do: 'write', path, content: base64(bytes) })
  }
  const after = afterWrites(before, writes)
  for (const row of writes.putSignedRefs) {
    const path = signedRefsPath(id, row)
    steps.push({ do: 'mkdir', path: path.slice(0, path.lastIndexOf('/')) })
    steps.push({ do: 'write', path, content: base64Text(signedRefsFile(row)) })
  }
  steps.push(
    { do: 'write', path: repositoryPath(id, 'packed-refs'), content: base64Text(packedRefs(after)) },
    { do: 'write', path: repositoryPath(id, 'HEAD'), content: base64Text(headFile(writes.repository.head)) },
    ...repositorySteps(writes.repository, after.refs),
  )
  const staged = writes.putPacks.filter((row) => model.packs.get(row.key)?.state === 'staging').map((row) => row.key)
  for (const key of [...staged, ...writes.dropPacks]) steps.push({ do: 'remove', path: stagingPath(key) })
  for (const row of writes.retirePacks) steps.push(...retireSteps(id, model.packs.get(row.key), row))
  for (const oid of writes.dropLoose) steps.push({ do: 'remove', path: loosePath(id, oid) })
  return steps
}

/** Moves the packs that others still want to staging, then removes the repository. */
export function removeSteps(
  id: RepositoryKey,
  packs: Array<{ key: PackKey; before: PackRow; after: PackRow | undefined }>,
): JournalStep[] {
  const steps: JournalStep[] = []
  for (const { key, before, after } of packs) {
    if (before.state !== 'verified') {
      if (after === undefined) steps.push({ do: 'remove', path: stagingPath(key) })
      else steps.push({ do: 'write', path: stagingPath(key, 'row.json'), content: base64Text(packFile(after)) })
    } else if (after?.state === 'staging') steps.push(...stageAgainSteps(before, after, null))
    else if (after !== undefined) steps.push(...rowSteps(after))
  }
  // Without this file it is no repository of ours any more, whatever else is left.
  steps.push({ do: 'remove', path: repositoryPath(id, 'guts/repository.json') })
  steps.push({ do: 'remove', path: repositoryPath(id) })
  return steps
}

/** A damaged pack leaves its holders, and is in staging without its bad row. */
export function demoteSteps(
  model: RowModel,
  before: PackRow,
  after: { pack: PackRow; repositories: RepositoryRow[] },
  badRow: number | null,
): JournalStep[] {
  const steps = stageAgainSteps(before, after.pack, badRow)
  for (const holder of before.holders) steps.push(...unlinkSteps(holder, before))
  for (const row of after.repositories)
    steps.push(...repositorySteps(row, model.repositories.get(row.id)?.refs ?? new Map()))
  return steps
}

function createSteps(id: RepositoryKey): JournalStep[] {
  return [
    ...GIT_DIRECTORIES.map((path): JournalStep => ({ do: 'mkdir', path: repositoryPath(id, path) })),
    { do: 'write', path: repositoryPath(id, 'config'), content: base64Text(GIT_CONFIG) },
  ]
}

/** Links the pack into the repository, from staging or from another holder; its index last, for then git sees it. */
function admitSteps(id: RepositoryKey, row: PackRow, before: PackRow | undefined): JournalStep[] {
  const others = rowSteps({ ...row, holders: row.holders.filter((holder) => holder !== id) })
  if (before?.state === 'verified' && before.holders.includes(id)) return others
  const holder = before?.state === 'verified' ? before.holders[0] : undefined
  const from = (file: 'pack' | 'idx') =>
    holder === undefined ? stagingPath(row.key, file) : packPath(holder, row, file)
  const missing = holder === undefined ? stagingPath(row.key, 'missing') : missingPath(holder, row.key)
  return [
    { do: 'link', from: from('pack'), to: packPath(id, row, 'pack') },
    { do: 'write', path: packPath(id, row, 'keep'), content: '' },
    { do: 'link', from: from('idx'), to: packPath(id, row, 'idx') },
    { do: 'link', from: missing, to: missingPath(id, row.key) },
    { do: 'write', path: packRowPath(id, row.key), content: base64Text(packFile(row)) },
    ...others,
  ]
}

/** A pack's row stands with each of its holders. */
function rowSteps(row: PackRow): JournalStep[] {
  const content = base64Text(packFile(row))
  return row.holders.map((holder) => ({ do: 'write', path: packRowPath(holder, row.key), content }))
}

/** A pack that was rolled up leaves a repository. If that was its last, it stays beside the stagings for who reads it. */
function retireSteps(id: RepositoryKey, before: PackRow | undefined, after: PackRow): JournalStep[] {
  if (before === undefined) return []
  const kept = after.state === 'verified' ? rowSteps(after) : stageAgainSteps(before, after, null)
  return [...kept, ...unlinkSteps(id, before)]
}

/** Its index goes first, for then git no longer sees it. */
function unlinkSteps(id: RepositoryKey, row: PackRow): JournalStep[] {
  const paths = (['idx', 'keep', 'pack'] as const).map((ending) => packPath(id, row, ending))
  return [packRowPath(id, row.key), ...paths, missingPath(id, row.key)].map((path) => ({ do: 'remove', path }))
}

function stageAgainSteps(before: PackRow, after: PackRow, badRow: number | null): JournalStep[] {
  const { key } = before
  const holder = before.holders[0]
  if (holder === undefined) return []
  const present = new Set(Array.from({ length: Math.ceil(before.size / (256 * 1024)) }, (_, n) => n))
  if (badRow !== null) present.delete(badRow)
  return [
    { do: 'mkdir', path: stagingPath(key) },
    { do: 'link', from: packPath(holder, before, 'pack'), to: stagingPath(key, 'pack') },
    { do: 'link', from: packPath(holder, before, 'idx'), to: stagingPath(key, 'idx') },
    { do: 'link', from: missingPath(holder, key), to: stagingPath(key, 'missing') },
    { do: 'write', path: stagingPath(key, 'present'), content: base64(rowBits(present)) },
    { do: 'write', path: stagingPath(key, 'row.json'), content: base64Text(packFile(after)) },
  ]
}

function repositorySteps(row: RepositoryRow, refs: ReadonlyMap<string, string>): JournalStep[] {
  const content = base64Text(repositoryFile(row, refs))
  return [{ do: 'write', path: repositoryPath(row.id, 'guts/repository.json'), content }]
}

function afterWrites(
  before: ModelRepository | undefined,
  writes: PlannedWrites,
): Pick<ModelRepository, 'refs' | 'signedRefs'> {
  const refs = new Map(before?.refs)
  const signedRefs = new Map(before?.signedRefs)
  for (const name of writes.deleteRefs) refs.delete(name)
  for (const { name, oid } of writes.putRefs) refs.set(name, oid)
  for (const row of writes.putSignedRefs) signedRefs.set(writerKey(row), row)
  return { refs, signedRefs }
}
