import {
  decodeText,
  hashObject,
  hostileName,
  isGitlinkMode,
  isSymlinkMode,
  isTreeMode,
  MODE_EXECUTABLE,
  MODE_FILE,
  MODE_SYMLINK,
  MODE_TREE,
  parseCommit,
  parseTree,
  serializeCommit,
  serializeTree,
  signatureOf,
  utf8,
} from '../object/index.ts'
import { MAX_OBJECT_BYTES, writePack, type EntrySource, type ObjectSource } from '../pack/index.ts'
import type { CommitRequest } from '../store/git-store.ts'
import type { CallOptions, GitObject, ObjectType, Oid } from '../types.ts'
import { CommitPathError, CommitRequestError, FileTooLargeError, MissingSourceObjectError } from './errors.ts'
import { stagePack } from './stage.ts'
import type { Imported, ImportTarget } from './types.ts'

/** A file or folder while the new trees are made; folders of the parent are opened only where something changes in them. */
type Node =
  { mode: number; oid: Oid } | { mode: typeof MODE_TREE; entries: Map<string, { name: Uint8Array; node: Node }> }

const MODES = [MODE_FILE, MODE_EXECUTABLE, MODE_SYMLINK]

/**
 * Makes a commit of changed files on top of `request.parent` (a first commit where that is null) and stages its new objects.
 * Rejects with `CommitPathError` for names that git refuses, `FileTooLargeError`, and `CommitRequestError` where nothing
 * would change.
 */
export async function commitFiles(
  target: ImportTarget,
  request: CommitRequest,
  options: CallOptions = {},
): Promise<Imported & { commit: Oid }> {
  const maker = new CommitMaker(target.objects)
  const commit = await maker.commit(request)
  const output = await writePack({ ...options, objects: maker.made.keys(), source: maker })
  const staged = await stagePack(target, output.bytes, options)
  const head = request.ref.startsWith('refs/heads/') ? request.ref : null
  return { staged, commit, refs: [{ name: request.ref, oid: commit }], head, warnings: [] }
}

class CommitMaker implements EntrySource {
  /** New objects, the commit first, then trees, then blobs. */
  made = new Map<Oid, GitObject>()
  readonly #objects: ObjectSource | null

  constructor(objects: ObjectSource | null) {
    this.#objects = objects
  }

  async commit(request: CommitRequest): Promise<Oid> {
    const { parent } = request
    const before = parent === null ? null : parseCommit(await this.#bytes(parent, 'commit')).tree
    const root: Node = {
      mode: MODE_TREE,
      entries: before === null ? new Map<string, never>() : await this.#open(before),
    }
    for (const change of request.changes) await this.#apply(root, change)
    const tree = (await this.#write(root)) ?? (await this.#add('tree', serializeTree([])))
    if (tree === before || (before === null && request.changes.length === 0))
      throw new CommitRequestError('Nothing changed, so there is nothing to commit.')
    const person = signatureOf(request.author)
    const parents = parent === null ? [] : [parent]
    const message = utf8(request.message.replace(/\s*$/, '\n'))
    const bytes = serializeCommit({ tree, parents, author: person, committer: person, headers: [], message })
    const oid = await this.#add('commit', bytes)
    // Commit, trees, blobs: the order of packs. They were made the other way round.
    this.made = new Map([...this.made].reverse())
    return oid
  }

  async read(oid: Oid): Promise<GitObject | null> {
    return this.made.get(oid) ?? null
  }

  async has(oid: Oid): Promise<boolean> {
    return this.made.has(oid)
  }

  async info(oid: Oid): Promise<{ type: ObjectType; size: number } | null> {
    const object = this.made.get(oid)
    return object === undefined ? null : { type: object.type, size: object.bytes.length }
  }

  async locate(): Promise<null> {
    return null
  }

  async #apply(root: Node, { path, content, mode }: CommitRequest['changes'][number]): Promise<void> {
    const names = checkPath(path, mode ?? MODE_FILE)
    const last = names.pop() ?? ''
    let folder = root
    for (const name of names) folder = await this.#enter(folder, name, path, content === null)
    const entries = 'entries' in folder ? folder.entries : new Map<string, never>()
    const old = entries.get(key(entries, last))
    if (content === null) {
      if (old === undefined) throw new CommitPathError(path, 'is not there, so it cannot be deleted')
      entries.delete(key(entries, last))
      return
    }
    if (old !== undefined && isTreeMode(old.node.mode)) {
      if (!('entries' in old.node) || old.node.entries.size > 0) throw new CommitPathError(path, 'is a folder')
    }
    const kept =
      old === undefined || isTreeMode(old.node.mode) || isGitlinkMode(old.node.mode) ? undefined : old.node.mode
    const wanted = mode ?? kept ?? MODE_FILE
    if (mode !== undefined && !MODES.includes(mode))
      throw new CommitPathError(path, 'has a mode that git does not know')
    const oid = await hashObject('blob', content)
    if (content.length > MAX_OBJECT_BYTES) throw new FileTooLargeError(path, oid, content.length, MAX_OBJECT_BYTES)
    if ((await this.#objects?.has(oid)) !== true) this.made.set(oid, { type: 'blob', bytes: content })
    entries.set(key(entries, last), { name: old?.name ?? utf8(last), node: { mode: wanted, oid } })
  }

  /** The folder `name` in `folder`, made where it is missing. */
  async #enter(folder: Node, name: string, path: string, mustExist: boolean): Promise<Node> {
    if (!('entries' in folder)) throw new CommitPathError(path, 'is below a file')
    const id = key(folder.entries, name)
    const old = folder.entries.get(id)
    if (old === undefined) {
      if (mustExist) throw new CommitPathError(path, 'is not there, so it cannot be deleted')
      const made: Node = { mode: MODE_TREE, entries: new Map() }
      folder.entries.set(id, { name: utf8(name), node: made })
      return made
    }
    if ('entries' in old.node) return old.node
    if (!isTreeMode(old.node.mode)) {
      const what = isSymlinkMode(old.node.mode)
        ? 'a symbolic link'
        : isGitlinkMode(old.node.mode)
          ? 'a submodule'
          : 'a file'
      throw new CommitPathError(path, `is below ${what} of the name “${name}”`)
    }
    const opened: Node = { mode: MODE_TREE, entries: await this.#open(old.node.oid) }
    folder.entries.set(id, { name: old.name, node: opened })
    return opened
  }

  async #open(tree: Oid): Promise<Map<string, { name: Uint8Array; node: Node }>> {
    const entries = new Map<string, { name: Uint8Array; node: Node }>()
    for (const { name, mode, oid } of parseTree(await this.#bytes(tree, 'tree')))
      entries.set(name.join(), { name, node: { mode, oid } })
    return entries
  }

  /** The oid of the folder, null where it is empty: git keeps no empty folders. */
  async #write(node: Node): Promise<Oid | null> {
    if (!('entries' in node)) return node.oid
    const entries: Array<{ mode: number; name: Uint8Array; oid: Oid }> = []
    for (const { name, node: child } of node.entries.values()) {
      const oid = await this.#write(child)
      if (oid !== null) entries.push({ mode: child.mode, name, oid })
    }
    return entries.length === 0 ? null : await this.#add('tree', serializeTree(entries))
  }

  async #add(type: ObjectType, bytes: Uint8Array): Promise<Oid> {
    const oid = await hashObject(type, bytes)
    if (type === 'commit' || (await this.#objects?.has(oid)) !== true) this.made.set(oid, { type, bytes })
    return oid
  }

  async #bytes(oid: Oid, type: ObjectType): Promise<Uint8Array> {
    const object = (await this.#objects?.read(oid)) ?? null
    if (object?.type !== type) throw new MissingSourceObjectError(oid, 'the commit that this builds on')
    return object.bytes
  }
}

/** The names in a path; rejects what git would not check out. */
function checkPath(path: string, mode: number): string[] {
  const names = path.split('/')
  for (const [i, name] of names.entries()) {
    const reason = hostileName(utf8(name), i < names.length - 1 ? MODE_TREE : mode)
    if (reason !== null) throw new CommitPathError(path, `has a part that ${reason}`)
  }
  if (!path.isWellFormed()) throw new CommitPathError(path, 'is no text that can be written as UTF-8')
  return names
}

/** Entries are kept by their bytes; one that is not UTF-8 is also found by the name that it is shown with. */
function key(entries: ReadonlyMap<string, { name: Uint8Array }>, name: string): string {
  const exact = utf8(name).join()
  if (entries.has(exact) || utf8(name).length === name.length) return exact
  for (const [id, entry] of entries) if (decodeText(entry.name) === name) return id
  return exact
}
