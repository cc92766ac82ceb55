import { hashObject, isOid, isRefName } from '../object/index.ts'
import { Inflater, MAX_OBJECT_BYTES, ObjectTooLargeError } from '../pack/index.ts'
import type { GitObject, Oid } from '../types.ts'
import { GIT_DIRECTORY, OverlayFs, type OverlayBase } from './overlay-fs.ts'

/** What to spread into a call of isomorphic-git: `git.log({ ...repository, ref: 'main' })`. */
export interface IsomorphicRepository {
  fs: OverlayFs
  gitdir: string
  /** isomorphic-git keeps parsed packs and indexes in it: a new one for each use, so that nothing stale is read. */
  cache: object
}

/** What a use of isomorphic-git wrote, for the store to apply in one transaction. */
export interface OverlayChanges {
  objects: Array<{ oid: Oid; object: GitObject }>
  /** New values; null deletes. */
  refs: Array<{ name: string; oid: Oid | null }>
  /** New symbolic target of HEAD; undefined where it was left alone. */
  head?: string
}

/** The result of `use`, and what it wrote. Nothing is applied. */
export async function withRepository<T>(
  base: OverlayBase,
  use: (repository: IsomorphicRepository) => Promise<T>,
): Promise<{ result: T; changes: OverlayChanges }> {
  const fs = new OverlayFs(base)
  const result = await use({ fs, gitdir: GIT_DIRECTORY, cache: {} })
  return { result, changes: await changesOf(fs, base) }
}

async function changesOf(fs: OverlayFs, base: OverlayBase): Promise<OverlayChanges> {
  const changes: OverlayChanges = { objects: [], refs: [] }
  const refs = new Map(base.refs.map(({ name, oid }) => [name, oid]))
  for (const [name, bytes] of fs.written) {
    const text = (): string => (bytes === null ? '' : new TextDecoder().decode(bytes).trim())
    if (name.startsWith('objects/')) {
      if (bytes !== null) changes.objects.push(await unwrap(name.slice(8).replace('/', ''), bytes))
    } else if (name === 'HEAD') {
      const head = /^ref: (.+)$/.exec(text())?.[1]
      if (head !== undefined && head !== base.head) changes.head = head
    } else if (name === 'packed-refs') packedChanges(text(), refs, changes)
    else if (/^refs\/(heads|tags)\//.test(name) && isRefName(name))
      setRef(changes, name, bytes === null ? null : text())
  }
  return changes
}

/** isomorphic-git deletes a packed ref by writing the others. */
function packedChanges(text: string, refs: Map<string, Oid>, changes: OverlayChanges): void {
  const left = new Set(text.split('\n').map((line) => line.slice(41)))
  for (const name of refs.keys()) {
    if (!left.has(name) && !changes.refs.some((ref) => ref.name === name)) changes.refs.push({ name, oid: null })
  }
}

function setRef(changes: OverlayChanges, name: string, value: string | null): void {
  if (value !== null && !isOid(value)) throw new TypeError(`${name} was given a value that is no object id: ${value}`)
  changes.refs = [...changes.refs.filter((ref) => ref.name !== name), { name, oid: value }]
}

/** A loose object as it was written, checked against its name. */
async function unwrap(oid: Oid, compressed: Uint8Array): Promise<{ oid: Oid; object: GitObject }> {
  const inflater = new Inflater()
  const head = inflater.head(compressed, 0, compressed.length, 32)
  const match = /^(commit|tree|blob|tag) (\d+)\0/.exec(String.fromCharCode(...(head ?? [])))
  if (match?.[1] === undefined) throw new TypeError(`Object ${oid} was written without a header.`)
  const size = Number(match[2])
  if (size > MAX_OBJECT_BYTES) throw new ObjectTooLargeError(size, MAX_OBJECT_BYTES, { oid })
  const whole = inflater.inflate(compressed, 0, compressed.length, match[0].length + size)
  const object = { type: match[1] as GitObject['type'], bytes: (whole ?? new Uint8Array()).slice(match[0].length) }
  if ((await hashObject(object.type, object.bytes)) !== oid) throw new TypeError(`Object ${oid} was written wrongly.`)
  return { oid, object }
}
