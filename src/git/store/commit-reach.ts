import { MissingObjectError } from '../errors.ts'
import { parseCommit, parseTag } from '../object/index.ts'
import { Slices } from '../pack/pause.ts'
import type { ObjectSource } from '../pack/types.ts'
import type { Oid } from '../types.ts'
import { Heap } from '../view/heap.ts'

/**
 * The tags and commits that some tips reach, found as far as somebody asks: the walk goes on from where it stopped, newest
 * first, so what is recent is answered at once.
 */
export class CommitReach {
  readonly #objects: ObjectSource
  readonly #seen = new Set<Oid>()
  /** Commits whose parents are still to be walked, by the committer's time. */
  readonly #queue = new Heap<{ parents: Oid[]; time: number }>()
  /** Tips that were not read yet. */
  readonly #likely: Oid[]
  readonly #others: Oid[]
  /** One caller walks at a time. */
  #turn: Promise<unknown> = Promise.resolve()

  /** What is recent stands mostly behind the `likely` ones of the tips: the others are read when it does not. */
  constructor(objects: ObjectSource, { likely, others }: { likely: Oid[]; others: Oid[] }) {
    this.#objects = objects
    this.#likely = [...likely]
    this.#others = [...others]
  }

  /** Whether the tips reach this commit or tag. Of other objects it knows only the tips themselves and what tags name. */
  async reaches(oid: Oid, signal?: AbortSignal): Promise<boolean> {
    if (this.#seen.has(oid)) return true
    const answer = this.#turn.then(() => this.#walkTo(oid, signal))
    this.#turn = answer.catch(() => undefined)
    return await answer
  }

  async #walkTo(oid: Oid, signal: AbortSignal | undefined): Promise<boolean> {
    const slices = new Slices(signal)
    await this.#addAll(this.#likely)
    if (await this.#walk(oid, await this.#timeOf(oid), slices)) return true
    await this.#addAll(this.#others)
    return await this.#walk(oid, -Infinity, slices)
  }

  /** Goes on until it is seen, or only commits from before `since` are left. */
  async #walk(oid: Oid, since: number, slices: Slices): Promise<boolean> {
    while (!this.#seen.has(oid)) {
      const next = this.#queue.pop()
      if (next === undefined) return false
      if (next.time < since) {
        this.#queue.push(next, next.time)
        return false
      }
      try {
        for (const parent of next.parents) await this.#add(parent)
        if (slices.due) await slices.next()
      } catch (error) {
        // Its other parents are still to be walked when somebody asks again.
        this.#queue.push(next, next.time)
        throw error
      }
    }
    return true
  }

  async #addAll(tips: Oid[]): Promise<void> {
    for (let tip = tips.at(-1); tip !== undefined; tip = tips.at(-1)) {
      await this.#add(tip)
      tips.pop()
    }
  }

  /** Tags are tips, or behind other tags: no time says where to look for them. */
  async #timeOf(oid: Oid): Promise<number> {
    const object = await this.#objects.read(oid)
    return object?.type === 'commit' ? parseCommit(object.bytes).committer.time : Infinity
  }

  async #add(oid: Oid): Promise<void> {
    let at = oid
    for (;;) {
      if (this.#seen.has(at)) return
      const object = await this.#objects.read(at)
      if (object === null) throw new MissingObjectError(at)
      if (object.type === 'commit') {
        const { parents, committer } = parseCommit(object.bytes)
        this.#seen.add(at)
        this.#queue.push({ parents, time: committer.time }, committer.time)
        return
      }
      this.#seen.add(at)
      if (object.type !== 'tag') return
      at = parseTag(object.bytes).object
    }
  }
}
