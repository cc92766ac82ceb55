import {
  decodeText,
  hostileName,
  isGitlinkMode,
  isSymlinkMode,
  isTreeMode,
  MODE_EXECUTABLE,
  treeEntries,
} from '../object/index.ts'
import type { Oid } from '../types.ts'
import { PathNotFoundError } from './errors.ts'
import { chooseReadme } from './readme.ts'
import type { Reader } from './reader.ts'
import { isBinary } from './similarity.ts'
import type { BlobView, EntryKind, TreeEntryView, TreeView } from './types.ts'

const DEFAULT_MAX_BYTES = 2 << 20
/** A pointer of git-lfs is at most this long (git-lfs spec, "The Pointer"). */
const MAX_LFS_BYTES = 1024
const MAX_TARGET_BYTES = 4096

export function kindOf(mode: number): EntryKind {
  if (isTreeMode(mode)) return 'tree'
  if (isSymlinkMode(mode)) return 'symlink'
  if (isGitlinkMode(mode)) return 'submodule'
  return (mode & 0o111) !== 0 || mode === MODE_EXECUTABLE ? 'executable' : 'file'
}

export async function treeView(reader: Reader, root: Oid, path: string): Promise<TreeView> {
  const { mode, oid } = await reader.entryAt(root, path)
  if (!isTreeMode(mode)) throw new PathNotFoundError(path, `“${path}” is not a folder.`)
  const entries: TreeEntryView[] = []
  for (const entry of treeEntries(await reader.tree(oid))) {
    const hostile = hostileName(entry.name, entry.mode)
    const view = { name: decodeText(entry.name), kind: kindOf(entry.mode), mode: entry.mode, oid: entry.oid }
    entries.push(hostile === null ? view : { ...view, hostile })
  }
  return { oid, path, entries, readme: findReadme(entries) }
}

function findReadme(entries: TreeEntryView[]): string | null {
  const files = entries.filter(
    ({ kind, hostile }) => hostile === undefined && (kind === 'file' || kind === 'executable'),
  )
  return chooseReadme(files.map(({ name }) => name))
}

export async function blobView(
  reader: Reader,
  root: Oid,
  path: string,
  maxBytes = DEFAULT_MAX_BYTES,
): Promise<BlobView> {
  const { mode, oid } = await reader.entryAt(root, path)
  const kind = kindOf(mode)
  if (kind === 'tree') throw new PathNotFoundError(path, `“${path}” is a folder.`)
  const empty = new Uint8Array()
  // A submodule's commit is in another repository: there is nothing to show but its id.
  if (kind === 'submodule') return { oid, kind, size: 0, bytes: empty, truncated: false, binary: false }
  const whole = await reader.bytes(oid, 'blob')
  const view: BlobView = {
    oid,
    kind,
    size: whole.length,
    // A copy: what the source keeps must not be transferred away.
    bytes: whole.slice(0, Math.max(0, maxBytes)),
    truncated: whole.length > maxBytes,
    binary: isBinary(whole),
  }
  if (kind === 'symlink') view.target = decodeText(whole.subarray(0, MAX_TARGET_BYTES))
  const lfs = kind === 'symlink' ? undefined : lfsPointer(whole)
  if (lfs !== undefined) view.lfs = lfs
  return view
}

/** What a git-lfs pointer stands for (git-lfs spec: sorted keys after `version`, each on a line). */
export function lfsPointer(bytes: Uint8Array): { oid: string; size: number } | undefined {
  if (bytes.length > MAX_LFS_BYTES || bytes[0] !== 0x76) return undefined
  const text = decodeText(bytes)
  if (!/^version https:\/\/(git-lfs\.github\.com|hawser\.github\.com)\/spec\/v1\n/.test(text)) return undefined
  const oid = /^oid sha256:([0-9a-f]{64})$/m.exec(text)?.[1]
  const size = /^size (\d{1,15})$/m.exec(text)?.[1]
  return oid === undefined || size === undefined ? undefined : { oid, size: Number(size) }
}
