import {
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
  serializeCommit,
  signatureOf,
  utf8,
} from '../object/index.ts'
import { MAX_OBJECT_BYTES, type ObjectSource } from '../pack/index.ts'
import type { CommitRequest, Person } from '../store/git-store.ts'
import type { CallOptions, ObjectType, Oid } from '../types.ts'
import { CommitPathError, CommitRequestError, FileTooLargeError, MissingSourceObjectError } from './errors.ts'
import { MadeObjects } from './made-objects.ts'
import { emptyFolder, enterFolder, findKey, openFolder, writeRoot, type DraftFolder } from './tree-draft.ts'
import type { Imported, ImportTarget } from './types.ts'

/** What a file can be committed as. */
export const FILE_MODES = [MODE_FILE, MODE_EXECUTABLE, MODE_SYMLINK]

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
  const made = new MadeObjects(target.objects)
  const commit = await new CommitMaker(target.objects, made).commit(request)
  return await stageCommit(target, made, commit, request.ref, options)
}

/** Stages the objects of a commit that was made for `ref`. */
export async function stageCommit(
  target: ImportTarget,
  made: MadeObjects,
  commit: Oid,
  ref: string,
  options: CallOptions,
): Promise<Imported & { commit: Oid }> {
  const staged = await made.stage(target, options)
  const head = ref.startsWith('refs/heads/') ? ref : null
  return { staged, commit, refs: [{ name: ref, oid: commit }], head, warnings: [] }
}

/** The bytes of a commit by one person, its message ended as git ends it. */
export function commitBytes(tree: Oid, parents: Oid[], author: Person, message: string): Uint8Array {
  const person = signatureOf(author)
  const text = utf8(message.replace(/\s*$/, '\n'))
  return serializeCommit({ tree, parents, author: person, committer: person, headers: [], message: text })
}

/** Makes trees, then the commit. */
class CommitMaker {
  readonly #objects: ObjectSource | null
  readonly #made: MadeObjects
  readonly #tree = async (oid: Oid) => await this.#bytes(oid, 'tree')

  constructor(objects: ObjectSource | null, made: MadeObjects) {
    this.#objects = objects
    this.#made = made
  }

  async commit({ parent, changes, author, message }: CommitRequest): Promise<Oid> {
    const before = parent === null ? null : parseCommit(await this.#bytes(parent, 'commit')).tree
    const root = before === null ? emptyFolder() : await openFolder(before, this.#tree)
    for (const change of changes) await this.#apply(root, change)
    const tree = await writeRoot(root, this.#made)
    if (tree === before || (before === null && changes.length === 0))
      throw new CommitRequestError('Nothing changed, so there is nothing to commit.')
    const parents = parent === null ? [] : [parent]
    return await this.#made.add('commit', commitBytes(tree, parents, author, message))
  }

  async #apply(root: DraftFolder, { path, content, mode }: CommitRequest['changes'][number]): Promise<void> {
    const names = checkPath(path, mode ?? MODE_FILE)
    const last = names.pop() ?? ''
    let folder = root
    for (const name of names) folder = await this.#enter(folder, name, path, content === null)
    const { entries } = folder
    const key = findKey(folder, last)
    const old = entries.get(key)
    if (content === null) {
      if (old === undefined) throw new CommitPathError(path, 'is not there, so it cannot be deleted')
      entries.delete(key)
      return
    }
    if (old !== undefined && isTreeMode(old.node.mode)) {
      if (!('entries' in old.node) || old.node.entries.size > 0) throw new CommitPathError(path, 'is a folder')
    }
    const kept =
      old === undefined || isTreeMode(old.node.mode) || isGitlinkMode(old.node.mode) ? undefined : old.node.mode
    const wanted = mode ?? kept ?? MODE_FILE
    const oid = await addFile(this.#made, path, content, mode)
    entries.set(key, { name: old?.name ?? utf8(last), node: { mode: wanted, oid } })
  }

  /** The folder `name` in `folder`, made where it is missing. */
  async #enter(folder: DraftFolder, name: string, path: string, mustExist: boolean): Promise<DraftFolder> {
    const key = findKey(folder, name)
    const old = folder.entries.get(key)
    if (old === undefined) {
      if (mustExist) throw new CommitPathError(path, 'is not there, so it cannot be deleted')
      const made = emptyFolder()
      folder.entries.set(key, { name: utf8(name), node: made })
      return made
    }
    const opened = await enterFolder(old, this.#tree)
    if (opened !== null) return opened
    const what = isSymlinkMode(old.node.mode)
      ? 'a symbolic link'
      : isGitlinkMode(old.node.mode)
        ? 'a submodule'
        : 'a file'
    throw new CommitPathError(path, `is below ${what} of the name “${name}”`)
  }

  async #bytes(oid: Oid, type: ObjectType): Promise<Uint8Array> {
    const object = (await this.#objects?.read(oid)) ?? null
    if (object?.type !== type) throw new MissingSourceObjectError(oid, 'the commit that this builds on')
    return object.bytes
  }
}

/** A file's new content; rejects one that is too large, and a mode that is none. */
export async function addFile(made: MadeObjects, path: string, content: Uint8Array, mode?: number): Promise<Oid> {
  if (mode !== undefined && !FILE_MODES.includes(mode))
    throw new CommitPathError(path, 'has a mode that git does not know')
  if (content.length > MAX_OBJECT_BYTES)
    throw new FileTooLargeError(path, await hashObject('blob', content), content.length, MAX_OBJECT_BYTES)
  return await made.add('blob', content)
}

/** The names in a path; rejects what git would not check out. */
export function checkPath(path: string, mode: number): string[] {
  const names = path.split('/')
  for (const [i, name] of names.entries()) {
    const reason = hostileName(utf8(name), i < names.length - 1 ? MODE_TREE : mode)
    if (reason !== null) throw new CommitPathError(path, `has a part that ${reason}`)
  }
  if (!path.isWellFormed()) throw new CommitPathError(path, 'is no text that can be written as UTF-8')
  return names
}
