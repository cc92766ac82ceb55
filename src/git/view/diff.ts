import { isGitlinkMode, utf8 } from '../object/index.ts'
import type { CallOptions, Oid } from '../types.ts'
import { lineDiff } from './line-diff.ts'
import type { Entry, Reader } from './reader.ts'
import { detectRenames, type FileChange } from './renames.ts'
import { isBinary } from './similarity.ts'
import { Steps } from './steps.ts'
import { treeDiff } from './tree-diff.ts'
import type { DiffFile, DiffOptions, DiffView } from './types.ts'

const DEFAULTS = { context: 3, maxFiles: 300, maxFileBytes: 512 << 10 }

/** The difference of two trees as `git diff -M` shows it; `before` null is the empty tree. */
export async function diffTrees(
  reader: Reader,
  before: Oid | null,
  after: Oid,
  options: DiffOptions & CallOptions = {},
): Promise<DiffView> {
  const { context, maxFiles, maxFileBytes } = { ...DEFAULTS, ...defined(options) }
  const changes = await treeDiff(reader, before, after, options.signal)
  const renamed = await detectRenames(reader, changes, options.signal)
  const steps = new Steps(options)
  const view: DiffView = { files: [], additions: 0, deletions: 0 }
  for (const [index, change] of renamed.entries()) {
    if (steps.due) await steps.next(index)
    const file = describe(change)
    if (change.before?.oid !== change.after?.oid) {
      if (index >= maxFiles) file.omitted = true
      else await fill(reader, change, file, context, maxFileBytes)
    }
    view.files.push(file)
    view.additions += file.additions
    view.deletions += file.deletions
  }
  return view
}

function defined(options: DiffOptions): DiffOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function describe({ path, oldPath, before, after }: FileChange): DiffFile {
  return {
    status: statusOf(path, oldPath, before, after),
    path,
    oldPath,
    oldMode: before?.mode ?? null,
    newMode: after?.mode ?? null,
    oldOid: before?.oid ?? null,
    newOid: after?.oid ?? null,
    binary: false,
    omitted: false,
    additions: 0,
    deletions: 0,
    hunks: [],
  }
}

function statusOf(path: string, oldPath: string, before: Entry | null, after: Entry | null): DiffFile['status'] {
  if (before === null) return 'added'
  if (after === null) return 'deleted'
  if (path !== oldPath) return 'renamed'
  return before.oid === after.oid ? 'mode' : 'modified'
}

async function fill(
  reader: Reader,
  change: FileChange,
  file: DiffFile,
  context: number,
  maxBytes: number,
): Promise<void> {
  const before = await content(reader, change.before, maxBytes)
  const after = await content(reader, change.after, maxBytes)
  if (before === null || after === null) {
    file.omitted = true
    return
  }
  if (isBinary(before) || isBinary(after)) {
    file.binary = true
    return
  }
  const { hunks, additions, deletions } = lineDiff(before, after, context)
  Object.assign(file, { hunks, additions, deletions })
}

/** What a side has to compare: nothing where it is missing, a line where it is a submodule, null where it is too big. */
async function content(reader: Reader, entry: Entry | null, maxBytes: number): Promise<Uint8Array | null> {
  if (entry === null) return new Uint8Array()
  if (isGitlinkMode(entry.mode)) return utf8(`Subproject commit ${entry.oid}\n`)
  const info = await reader.objects.info(entry.oid)
  if (info !== null && info.size > maxBytes) return null
  return await reader.bytes(entry.oid, 'blob')
}
