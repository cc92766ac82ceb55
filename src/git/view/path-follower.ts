import type { Oid } from '../types.ts'
import { findEntry, splitPath, type Reader } from './reader.ts'

/** Results for a tree that are remembered. */
const MAX_MEMO = 50_000

/** What stands at one path in many trees, as a string that is equal where mode and oid are, and '' where nothing is. */
export class PathFollower {
  readonly #reader: Reader
  readonly #segments: string[]
  /** By depth and tree: commits that left a folder alone share its tree, so most walks end at once. */
  readonly #memo = new Map<string, string>()

  constructor(reader: Reader, path: string) {
    this.#reader = reader
    this.#segments = splitPath(path)
  }

  async at(root: Oid): Promise<string> {
    return this.#segments.length === 0 ? `40000 ${root}` : await this.#below(root, 0)
  }

  async #below(tree: Oid, depth: number): Promise<string> {
    const key = `${depth} ${tree}`
    const known = this.#memo.get(key)
    if (known !== undefined) return known
    const entry = findEntry(await this.#reader.tree(tree), this.#segments[depth] ?? '')
    let result = ''
    if (entry !== null && depth === this.#segments.length - 1) result = `${entry.mode.toString(8)} ${entry.oid}`
    else if (entry?.mode === 0o040000) result = await this.#below(entry.oid, depth + 1)
    if (this.#memo.size >= MAX_MEMO) this.#memo.clear()
    this.#memo.set(key, result)
    return result
  }
}
