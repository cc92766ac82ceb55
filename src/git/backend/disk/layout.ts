import type { SignedRefsRow } from '../../store/git-store.ts'
import { compareNames } from '../../store/ref-names.ts'
import type { RepositoryKey } from '../../types.ts'
import type { PackKey, PackRow, RepositoryRow } from '../backend.ts'
import type { PartialRow } from '../partials.ts'
import { writerKey } from '../plan.ts'
import type { ModelRepository } from '../row-model.ts'

/** Paths in the data directory, relative to it. Ids and keys are checked by `safeName` before they come here. */

export const STAGING = 'staging'
export const REPOSITORIES = 'repositories'

export function stagingPath(key: PackKey, file = ''): string {
  return file === '' ? `${STAGING}/${key}` : `${STAGING}/${key}/${file}`
}

export function repositoryPath(id: RepositoryKey, file = ''): string {
  return file === '' ? `${REPOSITORIES}/${id}.git` : `${REPOSITORIES}/${id}.git/${file}`
}

/** git's name of a pack in a repository, with its ending. */
export function packPath(id: RepositoryKey, row: PackRow, ending: 'pack' | 'idx' | 'keep'): string {
  return repositoryPath(id, `objects/pack/pack-${row.trailer}.${ending}`)
}

export function packRowPath(id: RepositoryKey, key: PackKey): string {
  return repositoryPath(id, `guts/packs/${key}.json`)
}

export function missingPath(id: RepositoryKey, key: PackKey): string {
  return repositoryPath(id, `guts/packs/${key}.missing`)
}

export function loosePath(id: RepositoryKey, oid: string): string {
  return repositoryPath(id, `objects/${oid.slice(0, 2)}/${oid.slice(2)}`)
}

/** Where a repository's partial objects are, or one of them. */
export function partialPath(id: RepositoryKey, row?: PartialRow): string {
  return repositoryPath(id, row === undefined ? 'guts/partial' : `guts/partial/${row.at}-${row.oid}`)
}

/** A name that is safe as a file's on every system: no separators, dots or escapes. */
export function safeName(name: string): string {
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(name))
    throw new TypeError(`Not a name of letters, digits, - and _: ${JSON.stringify(name)}`)
  return name
}

export const GIT_DIRECTORIES = [
  '',
  'objects/info',
  'objects/pack',
  'refs/heads',
  'refs/tags',
  'guts/packs',
  'guts/signed-refs',
]

/** `preciousObjects` has git refuse to repack or prune (gitrepository-layout): the store knows each object by where it is. */
export const GIT_CONFIG = `[core]
\trepositoryformatversion = 1
\tfilemode = true
\tbare = true
[extensions]
\tpreciousObjects = true
[gc]
\tauto = 0
`

/** HEAD of a repository whose branch is unknown: it must name something, and no branch is called this. */
const NO_HEAD = 'refs/heads/guts-unknown-head'

export function headFile(head: string | null): string {
  return `ref: ${head ?? NO_HEAD}\n`
}

/** All refs in one file that is replaced as a whole: canonical ones, and every writer's under `refs/guts/`. */
export function packedRefs(repository: Pick<ModelRepository, 'refs' | 'signedRefs'>): string {
  const lines = [...repository.refs]
  for (const row of repository.signedRefs.values()) {
    const base = `refs/guts/${safeName(row.identity)}/${safeName(row.writer)}/`
    for (const { name, oid } of row.refs) lines.push([base + name.slice('refs/'.length), oid])
  }
  lines.sort((a, b) => compareNames(a[0], b[0]))
  return `# pack-refs with: sorted \n${lines.map(([name, oid]) => `${oid} ${name}\n`).join('')}`
}

interface RepositoryFile extends Omit<RepositoryRow, 'documents' | 'settings'> {
  documents: string[]
  settings: string
  refs: Array<[string, string]>
}

export function repositoryFile(row: RepositoryRow, refs: ReadonlyMap<string, string>): string {
  const file: RepositoryFile = {
    ...row,
    documents: row.documents.map(base64),
    settings: base64(row.settings),
    refs: [...refs],
  }
  return JSON.stringify(file)
}

export function parseRepositoryFile(text: string): { row: RepositoryRow; refs: Map<string, string> } {
  const { refs, documents, settings, ...row } = JSON.parse(text) as RepositoryFile
  return {
    row: { ...row, documents: documents.map(bytesOf), settings: bytesOf(settings) },
    refs: new Map(refs),
  }
}

export function signedRefsPath(id: RepositoryKey, row: { identity: string; writer: string }): string {
  return repositoryPath(id, `guts/signed-refs/${safeName(row.identity)}/${safeName(row.writer)}.json`)
}

export function signedRefsFile(row: SignedRefsRow): string {
  return JSON.stringify({ ...row, envelope: base64(row.envelope), list: base64(row.list) })
}

export function parseSignedRefs(text: string): [string, SignedRefsRow] {
  const { envelope, list, ...row } = JSON.parse(text) as Omit<SignedRefsRow, 'envelope' | 'list'> & {
    envelope: string
    list: string
  }
  return [writerKey(row), { ...row, envelope: bytesOf(envelope), list: bytesOf(list) }]
}

export function packFile(row: PackRow): string {
  return JSON.stringify({
    ...row,
    manifest: row.manifest === null ? null : base64(row.manifest),
    roots: row.roots === null ? null : base64(row.roots),
  })
}

export function parsePackFile(text: string): PackRow {
  const { manifest, roots, ...row } = JSON.parse(text) as Omit<PackRow, 'manifest' | 'roots'> & {
    manifest: string | null
    roots: string | null
  }
  return {
    ...row,
    manifest: manifest === null ? null : bytesOf(manifest),
    roots: roots === null ? null : bytesOf(roots),
  }
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}

/** A copy with a buffer of its own: small Buffers share one. */
export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'))
}

export function base64Text(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** A set of row numbers as bits, most significant first. */
export function rowBits(rows: ReadonlySet<number>): Uint8Array {
  let count = 0
  for (const n of rows) count = Math.max(count, n + 1)
  const bits = new Uint8Array(Math.ceil(count / 8))
  for (const n of rows) bits[n >> 3] = (bits[n >> 3] as number) | (0x80 >> (n & 7))
  return bits
}

export function rowsOf(bits: Uint8Array): Set<number> {
  const rows = new Set<number>()
  for (let n = 0; n < bits.length * 8; n++) if ((bits[n >> 3] as number) & (0x80 >> (n & 7))) rows.add(n)
  return rows
}
