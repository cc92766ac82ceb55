import {
  decodeText,
  fromHex,
  isGitlinkMode,
  isTreeMode,
  OID_BYTES,
  parseTag,
  scanCommit,
  toHex,
  treeEntries,
} from '../object/index.ts'
import { MAX_OBJECT_BYTES, ObjectFormatError, type ObjectSource } from '../pack/index.ts'
import { OidTable } from '../pack/oid-table.ts'
import type { CallOptions, ObjectType, Oid, RefEntry } from '../types.ts'
import { CorruptSourceObjectError, FileTooLargeError, MissingSourceObjectError } from './errors.ts'
import type { Inspector } from './inspector.ts'
import { Steps } from '../view/steps.ts'

/** Folders within folders (the design's limit). */
const MAX_TREE_DEPTH = 2048
/** Blobs that are read to see what they hold: `.gitattributes` and targets of symlinks have a few bytes. */
const MAX_INSPECTED_BYTES = 64 << 10
const MAX_INSPECTED = 10_000

/** Everything that some refs reach. */
export interface Reachable {
  /** Each oid once, by number. */
  table: OidTable
  /** Numbers in the order that packs have: tags and commits, then trees, then blobs. */
  order: number[]
}

export interface ReachOptions extends CallOptions {
  inspector?: Inspector
  /** Called for each blob when it is first met. */
  onBlob?: (oid: Oid, path: () => string) => Promise<void> | void
}

/** Walks all that `refs` reach. Rejects with the errors that name what is missing or damaged, and what needs it. */
export async function reach(objects: ObjectSource, refs: RefEntry[], options: ReachOptions = {}): Promise<Reachable> {
  const walk = new Walk(objects, options)
  await walk.refs(refs)
  await walk.commits()
  await walk.trees()
  return { table: walk.table, order: [...walk.tops, ...walk.folders, ...walk.files] }
}

/** A tree, what it is called and how deep it stands where it was first met ('' or ending in a slash). */
interface PendingTree {
  oid: Oid
  path: string
  depth: number
}

class Walk {
  readonly table = new OidTable()
  readonly tops: number[] = []
  readonly folders: number[] = []
  readonly files: number[] = []
  readonly #objects: ObjectSource
  readonly #options: ReachOptions
  readonly #pendingCommits: Array<{ oid: Oid; neededBy: string }> = []
  readonly #roots: PendingTree[] = []
  readonly #steps: Steps
  #inspected = 0

  constructor(objects: ObjectSource, options: ReachOptions) {
    this.#objects = objects
    this.#options = options
    this.#steps = new Steps(options)
  }

  async refs(refs: RefEntry[]): Promise<void> {
    for (const { name, oid } of refs) {
      let [at, type] = [oid, (await this.#objects.info(oid))?.type]
      if (type === undefined) throw new MissingSourceObjectError(oid, name)
      while (type === 'tag' && this.#isNew(at, this.tops)) {
        const tag = await this.#parse(at, 'tag', name, parseTag)
        ;[at, type] = [tag.object, tag.type]
      }
      if (type === 'commit') this.#pendingCommits.push({ oid: at, neededBy: name })
      else if (type === 'tree') this.#addTree({ oid: at, path: '', depth: 0 }, this.#roots)
      else if (type === 'blob') await this.#addBlob(at, () => name)
    }
  }

  async commits(): Promise<void> {
    // Breadth first: what was committed at one time stands together in the pack.
    for (let i = 0; i < this.#pendingCommits.length; i++) {
      const { oid, neededBy } = this.#pendingCommits[i] as { oid: Oid; neededBy: string }
      if (!this.#isNew(oid, this.tops)) continue
      if (this.#steps.due) await this.#steps.next(this.table.count)
      await this.#parse(oid, 'commit', neededBy, (bytes) =>
        scanCommit(bytes, (link, parent) => {
          if (parent) this.#pendingCommits.push({ oid: toHex(link), neededBy: `commit ${oid}` })
          else this.#addTree({ oid: toHex(link), path: '', depth: 0 }, this.#roots)
        }),
      )
    }
  }

  async trees(): Promise<void> {
    const pending = this.#roots.reverse()
    for (let tree = pending.pop(); tree !== undefined; tree = pending.pop()) {
      if (this.#steps.due) await this.#steps.next(this.table.count)
      const { oid, path, depth } = tree
      if (depth > MAX_TREE_DEPTH)
        throw new CorruptSourceObjectError(oid, `folders are nested more than ${MAX_TREE_DEPTH} deep.`)
      const entries = await this.#parse(oid, 'tree', path === '' ? 'a commit' : `“${path}”`, (bytes) => [
        ...treeEntries(bytes),
      ])
      for (const entry of entries) {
        this.#options.inspector?.entry(entry, path)
        if (isGitlinkMode(entry.mode)) continue
        if (isTreeMode(entry.mode)) {
          this.#addTree({ oid: entry.oid, path: `${path}${decodeText(entry.name)}/`, depth: depth + 1 }, pending)
        } else {
          await this.#addBlob(entry.oid, () => path + decodeText(entry.name), entry.oidBytes)
          if (this.#options.inspector?.wantsContent(entry) === true) await this.#inspect(entry, path)
        }
      }
    }
  }

  #isNew(oid: Oid, order: number[]): boolean {
    return this.#isNewBytes(fromHex(oid), order)
  }

  #isNewBytes(oid: Uint8Array, order: number[]): boolean {
    const count = this.table.count
    const number = this.table.add(oid)
    if (number < count) return false
    order.push(number)
    return true
  }

  #addTree(tree: PendingTree, pending: PendingTree[]): void {
    if (this.#isNew(tree.oid, this.folders)) pending.push(tree)
  }

  async #addBlob(oid: Oid, path: () => string, bytes: Uint8Array = fromHex(oid)): Promise<void> {
    if (!this.#isNewBytes(bytes, this.files)) return
    if (!(await this.#objects.has(oid))) throw new MissingSourceObjectError(oid, `“${path()}”`)
    await this.#options.onBlob?.(oid, path)
  }

  async #inspect(entry: Parameters<Inspector['content']>[0], folder: string): Promise<void> {
    if (++this.#inspected > MAX_INSPECTED) return
    const info = await this.#objects.info(entry.oid)
    if (info === null || info.size > MAX_INSPECTED_BYTES) return
    const object = await this.#objects.read(entry.oid)
    if (object !== null) this.#options.inspector?.content(entry, folder, object.bytes)
  }

  async #parse<T>(oid: Oid, type: ObjectType, neededBy: string, parse: (bytes: Uint8Array) => T): Promise<T> {
    const object = await this.#objects.read(oid)
    if (object === null) throw new MissingSourceObjectError(oid, neededBy)
    if (object.type !== type) throw new CorruptSourceObjectError(oid, `it is a ${object.type} in place of a ${type}.`)
    try {
      return parse(object.bytes)
    } catch (error) {
      if (error instanceof ObjectFormatError) throw new CorruptSourceObjectError(oid, error.message)
      throw error
    }
  }
}

export function* oidsOf({ table, order }: Reachable): Generator<Oid, void, undefined> {
  for (const number of order) yield toHex(table.oids, number * OID_BYTES)
}

/** Names the path of an object that is above the limit: where some version has it. */
export async function tooLarge(
  objects: ObjectSource,
  refs: RefEntry[],
  oid: Oid,
  size: number,
): Promise<FileTooLargeError> {
  const found: string[] = []
  await reach(objects, refs, { onBlob: (blob, path) => void (blob === oid && found.push(path())) })
  return new FileTooLargeError(found[0] ?? oid, oid, size, MAX_OBJECT_BYTES)
}
