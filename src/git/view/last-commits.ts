import { decodeText, scanTree, toHex } from '../object/index.ts'
import type { CallOptions, Oid } from '../types.ts'
import { Heap } from './heap.ts'
import { PathFollower } from './path-follower.ts'
import type { CommitNode, Reader } from './reader.ts'
import { Steps } from './steps.ts'

/** By entry name: its mode and oid. */
type Folder = Map<string, string>

/** Folders whose entries are kept while walking: a commit is compared with its parents, and soon after seen as one. */
const MAX_FOLDERS = 64

/**
 * The last commit that touched each entry of the folder `path`: what `git log -1` says of each. All are searched in one
 * walk: names go together from commit to commit as long as the same parent has them unchanged, and leave it at the commit
 * that no parent agrees with.
 */
export async function lastCommits(
  reader: Reader,
  start: Oid,
  path: string,
  options: CallOptions = {},
): Promise<Map<string, Oid>> {
  const walk = new FolderWalk(reader, path)
  const first = await reader.node(start)
  const queue = new Heap<CommitNode>()
  const names = new Map<Oid, Set<string>>([[start, new Set((await walk.folder(first)).keys())]])
  const found = new Map<string, Oid>()
  queue.push(first, first.time)
  const steps = new Steps(options)
  let visited = 0
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    const wanted = names.get(node.oid)
    if (wanted === undefined) continue
    names.delete(node.oid)
    visited++
    if (steps.due) await steps.next(visited)
    for (const oid of node.parents) {
      if (wanted.size === 0) break
      const parent = await reader.node(oid)
      const kept = await walk.unchanged(node, parent, wanted)
      if (kept.size === 0) continue
      const waiting = names.get(oid)
      if (waiting === undefined) {
        names.set(oid, kept)
        queue.push(parent, parent.time)
      } else for (const name of kept) waiting.add(name)
    }
    for (const name of wanted) found.set(name, node.oid)
  }
  return found
}

class FolderWalk {
  readonly #reader: Reader
  readonly #follower: PathFollower
  readonly #folders = new Map<string, Folder>()

  constructor(reader: Reader, path: string) {
    this.#reader = reader
    this.#follower = new PathFollower(reader, path)
  }

  async folder(node: CommitNode): Promise<Folder> {
    return await this.#entries(await this.#follower.at(node.tree))
  }

  /** Takes from `wanted`, and returns, the names that `parent` has unchanged. */
  async unchanged(node: CommitNode, parent: CommitNode, wanted: Set<string>): Promise<Set<string>> {
    const here = await this.#follower.at(node.tree)
    const there = node.tree === parent.tree ? here : await this.#follower.at(parent.tree)
    if (here === there) {
      const all = new Set(wanted)
      wanted.clear()
      return all
    }
    const [mine, theirs] = [await this.#entries(here), await this.#entries(there)]
    const kept = new Set<string>()
    for (const name of wanted) if (mine.get(name) === theirs.get(name)) kept.add(name)
    for (const name of kept) wanted.delete(name)
    return kept
  }

  async #entries(key: string): Promise<Folder> {
    const known = this.#folders.get(key)
    if (known !== undefined) return known
    const folder: Folder = new Map()
    if (key.startsWith('40000 ')) {
      const tree = await this.#reader.tree(key.slice(6))
      scanTree(tree, (mode, start, end, oidAt) => {
        const name = decodeText(tree.subarray(start, end))
        if (!folder.has(name)) folder.set(name, `${mode.toString(8)} ${toHex(tree, oidAt)}`)
      })
    }
    if (this.#folders.size >= MAX_FOLDERS) this.#folders.delete(this.#folders.keys().next().value ?? '')
    this.#folders.set(key, folder)
    return folder
  }
}
