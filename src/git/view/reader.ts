import { decodeText, hostileName, parseCommit, parseTag, scanTree, toHex, utf8, type Commit } from '../object/index.ts'
import type { ObjectSource } from '../pack/types.ts'
import type { GitObject, ObjectType, Oid } from '../types.ts'
import { ByteCache } from './byte-cache.ts'
import { NotHereYetError, ObjectNotHereError, PathNotFoundError, WrongTypeError } from './errors.ts'

/** What history needs of a commit. */
export interface CommitNode {
  oid: Oid
  tree: Oid
  parents: Oid[]
  /** The committer's seconds since the epoch, by which git sorts. */
  time: number
}

/** An entry of a tree, its name left out. */
export interface Entry {
  mode: number
  oid: Oid
}

/** Bytes of tree objects that are kept: a walk through history reads the same ones again and again. */
const TREE_CACHE_BYTES = 16 << 20
/** Each node is some 300 bytes; older ones are read again. */
const MAX_NODES = 100_000
/** Tags of tags that are followed; git has no limit, and nobody makes five. */
const MAX_TAGS = 32

/** Reads commits, trees and paths of one set of objects, and remembers those that history comes back to. */
export class Reader {
  readonly objects: ObjectSource
  /** What is not among them may come yet. */
  readonly partial: boolean
  readonly #nodes = new Map<Oid, CommitNode>()
  readonly #trees = new ByteCache<Uint8Array>(TREE_CACHE_BYTES)

  constructor(objects: ObjectSource, partial = false) {
    this.objects = objects
    this.partial = partial
  }

  /** `kind` is what it should be, for whoever fetches it. */
  async read(oid: Oid, kind: ObjectType = 'commit'): Promise<GitObject> {
    const object = await this.objects.read(oid)
    if (object === null) throw this.partial ? new NotHereYetError(oid, kind) : new ObjectNotHereError(oid)
    return object
  }

  async bytes(oid: Oid, type: ObjectType): Promise<Uint8Array> {
    const object = await this.read(oid, type)
    if (object.type !== type) throw new WrongTypeError(oid, type, object.type)
    return object.bytes
  }

  async commit(oid: Oid): Promise<Commit> {
    return parseCommit(await this.bytes(oid, 'commit'))
  }

  async node(oid: Oid): Promise<CommitNode> {
    const known = this.#nodes.get(oid)
    if (known !== undefined) return known
    const { tree, parents, committer } = await this.commit(oid)
    const node = { oid, tree, parents, time: committer.time }
    if (this.#nodes.size >= MAX_NODES) this.#nodes.clear()
    this.#nodes.set(oid, node)
    return node
  }

  async tree(oid: Oid): Promise<Uint8Array> {
    const known = this.#trees.get(oid)
    if (known !== undefined) return known
    const bytes = await this.bytes(oid, 'tree')
    this.#trees.set(oid, bytes, bytes.length)
    return bytes
  }

  /** The object behind tags. */
  async peel(oid: Oid): Promise<{ oid: Oid; object: GitObject }> {
    let at = oid
    for (let tags = 0; tags <= MAX_TAGS; tags++) {
      const object = await this.read(at)
      if (object.type !== 'tag') return { oid: at, object }
      at = parseTag(object.bytes).object
    }
    throw new WrongTypeError(oid, 'commit', `tag of more than ${MAX_TAGS} tags`)
  }

  /** The root tree of a commit, a tag of one, or a tree itself. */
  async rootTree(oid: Oid): Promise<Oid> {
    const peeled = await this.peel(oid)
    if (peeled.object.type === 'tree') return peeled.oid
    if (peeled.object.type === 'commit') return parseCommit(peeled.object.bytes).tree
    throw new WrongTypeError(oid, 'commit', peeled.object.type)
  }

  /** The entry at `path` below the tree `root`. Rejects with `PathNotFoundError`; a hostile name is never found. */
  async entryAt(root: Oid, path: string): Promise<Entry> {
    let entry: Entry = { mode: 0o040000, oid: root }
    for (const segment of splitPath(path)) {
      const found = entry.mode === 0o040000 ? findEntry(await this.tree(entry.oid), segment) : null
      if (found === null) throw new PathNotFoundError(path)
      if (found.hostile) throw new PathNotFoundError(path, `“${path}” has a name that git refuses; it is not opened.`)
      entry = found
    }
    return entry
  }
}

/** Names in a path; slashes at its ends count for nothing. */
export function splitPath(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}

/**
 * The entry that is shown as `name`. Names that are UTF-8 come first: of two that read the same the other is out of reach,
 * since it is shown in Latin-1.
 */
export function findEntry(tree: Uint8Array, name: string): (Entry & { hostile: boolean }) | null {
  const wanted = utf8(name)
  let found: (Entry & { hostile: boolean }) | null = null
  let alike: (Entry & { hostile: boolean }) | null = null
  scanTree(tree, (mode, start, end, oidAt) => {
    if (found !== null) return
    if (equalRange(tree, start, end, wanted)) found = entryOf(tree, mode, start, end, oidAt)
    else if (alike === null && wanted.length !== name.length && decodeText(tree.subarray(start, end)) === name)
      alike = entryOf(tree, mode, start, end, oidAt)
  })
  return found ?? alike
}

function entryOf(
  tree: Uint8Array,
  mode: number,
  start: number,
  end: number,
  oidAt: number,
): Entry & { hostile: boolean } {
  return { mode, oid: toHex(tree, oidAt), hostile: hostileName(tree.subarray(start, end), mode) !== null }
}

function equalRange(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false
  return true
}
