import { MAX_OBJECT_BYTES, type PackObjects } from '../pack/index.ts'
import { OID_BYTES, toHex } from '../object/index.ts'
import type { FolderSource } from '../store/git-store.ts'
import type { CallOptions, Oid, RefEntry } from '../types.ts'
import {
  BrokenRefError,
  EmptyRepositoryError,
  FileTooLargeError,
  MissingSourceObjectError,
  NotARepositoryError,
} from './errors.ts'
import { throttled } from '../view/steps.ts'
import { FolderObjects } from './folder-objects.ts'
import { FilesReader, HandleReader } from './folder-readers.ts'
import { chooseHead, readRefs, type FolderRefs } from './folder-refs.ts'
import { checkFormat, findGitFolder } from './git-folder.ts'
import { Inspector } from './inspector.ts'
import { reach, type Reachable } from './reachable.ts'
import { stagePack, stageReachable } from './stage.ts'
import type { FolderReader, Imported, ImportTarget, OpenPath, StagedPack } from './types.ts'

/** zlib makes a thousandth of anything at best: shorter entries cannot hold an object above the limit. */
const SUSPECT_BYTES = Math.floor(MAX_OBJECT_BYTES / 1032)
const PIECE_BYTES = 1 << 20

/**
 * Imports what branches and tags reach of a git folder, which is only read. Rejects with the `ImportError` that says what
 * stands in the way.
 */
export async function importFolder(
  target: ImportTarget,
  source: FolderSource,
  options: CallOptions & { openPath?: OpenPath } = {},
): Promise<Imported> {
  switch (source.kind) {
    case 'handle':
      return await importFrom(target, new HandleReader(source.handle), options)
    case 'files':
      return await importFrom(target, new FilesReader(source.files), options)
    case 'path': {
      if (options.openPath === undefined) throw new NotARepositoryError('A page cannot open a folder by its path.')
      const reader = options.openPath(source.path)
      try {
        return await importFrom(target, reader, options)
      } finally {
        await reader.close()
      }
    }
  }
}

async function importFrom(target: ImportTarget, folder: FolderReader, call: CallOptions): Promise<Imported> {
  const options = { ...call, onProgress: throttled(call.onProgress) }
  const git = await findGitFolder(folder)
  await checkFormat(git)
  const found = await readRefs(git)
  const inspector = new Inspector()
  for (const { kind, detail } of found.warnings) inspector.warn(kind, detail)
  const { refs } = found
  if (refs.length === 0) throw emptyError(found)
  const objects = await FolderObjects.open(git)
  await checkTips(objects, refs)
  const reachable = await reach(objects, refs, {
    ...options,
    inspector,
    onBlob: async (oid, path) => await checkSize(objects, oid, path),
  })
  const left = countLeftOut(objects, reachable)
  if (left > 0) inspector.warn('unreachable-left-out', String(left))
  const staged = await stage(target, objects, reachable, refs, options)
  return { staged, refs, head: headOf(found, inspector), warnings: inspector.warnings() }
}

function emptyError({ detached }: FolderRefs): EmptyRepositoryError {
  return detached === null
    ? new EmptyRepositoryError()
    : new EmptyRepositoryError(
        'This repository has commits but no branch or tag. Run “git switch -c main” in it and try again.',
      )
}

function headOf({ head, detached, refs }: FolderRefs, inspector: Inspector): string | null {
  if (detached !== null) inspector.warn('detached-head', detached)
  return refs.some(({ name }) => name === head) ? head : chooseHead(refs, detached)
}

/** Says of a ref that it is broken, before the walk would say that an object is missing; a branch names a commit. */
async function checkTips(objects: FolderObjects, refs: RefEntry[]): Promise<void> {
  for (const { name, oid } of refs) {
    const info = await objects.info(oid)
    if (info === null) throw new BrokenRefError(name, `names object ${oid}, which is not there`)
    if (name.startsWith('refs/heads/') && info.type !== 'commit')
      throw new BrokenRefError(name, `names a ${info.type} in place of a commit`)
  }
}

async function checkSize(objects: FolderObjects, oid: Oid, path: () => string): Promise<void> {
  const entry = await objects.locate(oid)
  if (entry !== null && entry.end - entry.offset < SUSPECT_BYTES) return
  const info = await objects.info(oid)
  if (info === null) throw new MissingSourceObjectError(oid, `“${path()}”`)
  if (info.size > MAX_OBJECT_BYTES) throw new FileTooLargeError(path(), oid, info.size, MAX_OBJECT_BYTES)
}

/** Objects of the folder that no branch or tag reaches, each once. */
function countLeftOut({ packs, loose }: FolderObjects, { table }: Reachable): number {
  const left = new Set<Oid>()
  for (const { index } of packs) {
    for (let i = 0; i < index.count; i++)
      if (table.find(index.oids, i * OID_BYTES) < 0) left.add(toHex(index.oids, i * OID_BYTES))
  }
  const reached = new Set<Oid>()
  for (let number = 0; number < table.count; number++) {
    const oid = toHex(table.oids, number * OID_BYTES)
    if (loose.oids.has(oid)) reached.add(oid)
  }
  for (const oid of loose.oids) if (!reached.has(oid)) left.add(oid)
  return left.size
}

/** A pack that holds everything and nothing else is taken as it is; else what is reachable is copied into a new one. */
async function stage(
  target: ImportTarget,
  objects: FolderObjects,
  reachable: Reachable,
  refs: RefEntry[],
  options: CallOptions,
): Promise<StagedPack> {
  const exact = objects.packs.find(({ index }) => isExactly(index, reachable))
  if (exact !== undefined) return await stagePack(target, wholePack(exact, options), options)
  return await stageReachable(target, objects, reachable, refs, options)
}

function isExactly(index: PackObjects['index'], { table }: Reachable): boolean {
  if (index.count !== table.count) return false
  for (let i = 0; i < index.count; i++) if (table.find(index.oids, i * OID_BYTES) < 0) return false
  return true
}

async function* wholePack({ bytes }: PackObjects, options: CallOptions): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.size; at += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, bytes.size - at)
    yield await bytes.read(at, length)
    options.onProgress?.({ phase: 'read', bytes: at + length, totalBytes: bytes.size })
  }
}
