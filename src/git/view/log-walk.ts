import { Slices } from '../pack/pause.ts'
import type { Oid } from '../types.ts'
import { Heap } from './heap.ts'
import { PathFollower } from './path-follower.ts'
import type { CommitNode, Reader } from './reader.ts'

/**
 * Commits from one on, in git's default order: by committer date, parents after at least one of their children. With a
 * path, those that changed it, by git's default simplification: where a parent has the same there, only that one is
 * followed (git-log(1), "History Simplification").
 */
export class LogWalk {
  readonly #reader: Reader
  readonly #follower: PathFollower | null
  readonly #queue = new Heap<CommitNode>()
  readonly #seen = new Set<Oid>()
  readonly #slices = new Slices()
  #start: Oid | null
  /** How many commits `next` has given. */
  given = 0
  #peeked: CommitNode | null = null

  constructor(reader: Reader, start: Oid, path = '') {
    this.#reader = reader
    this.#start = start
    this.#follower = path === '' ? null : new PathFollower(reader, path)
  }

  /** Whether `next` would give null. With a path that takes the search for the next one, which `next` then gives at once. */
  async ended(signal?: AbortSignal): Promise<boolean> {
    this.#peeked ??= await this.#advance(signal)
    return this.#peeked === null
  }

  /** The next commit, null at the end. */
  async next(signal?: AbortSignal): Promise<CommitNode | null> {
    const node = this.#peeked ?? (await this.#advance(signal))
    this.#peeked = null
    if (node !== null) this.given++
    return node
  }

  async #advance(signal?: AbortSignal): Promise<CommitNode | null> {
    if (this.#start !== null) {
      await this.#add(this.#start)
      this.#start = null
    }
    for (let node = this.#queue.pop(); node !== undefined; node = this.#queue.pop()) {
      try {
        signal?.throwIfAborted()
        if (this.#slices.due) {
          await this.#slices.next()
          signal?.throwIfAborted()
        }
        const same = this.#follower === null ? null : await this.#sameParent(node, this.#follower)
        if (same === null || same.parent === null) for (const parent of node.parents) await this.#add(parent)
        else await this.#add(same.parent)
        if (same !== null && same.unchanged) continue
      } catch (error) {
        // Whoever asks again goes on from here.
        this.#queue.push(node, Infinity)
        throw error
      }
      return node
    }
    return null
  }

  async #add(oid: Oid): Promise<void> {
    if (this.#seen.has(oid)) return
    const node = await this.#reader.node(oid)
    this.#seen.add(oid)
    this.#queue.push(node, node.time)
  }

  /** The first parent that has the same at the path; a root is unchanged where nothing is there. */
  async #sameParent(node: CommitNode, follower: PathFollower): Promise<{ parent: Oid | null; unchanged: boolean }> {
    const here = await follower.at(node.tree)
    for (const oid of node.parents) {
      const parent = await this.#reader.node(oid)
      if (parent.tree === node.tree || (await follower.at(parent.tree)) === here)
        return { parent: oid, unchanged: true }
    }
    return { parent: null, unchanged: node.parents.length === 0 && here === '' }
  }
}
