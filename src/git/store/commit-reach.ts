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
  /** Parents of tips that were read. */
  readonly #behindTips = new Set<Oid>()
  /** Commits whose parents are still to be walked, by the committer's time. */
  readonly #queue = new Heap<{ parents: Oid[]; time: number }>()
  #tips: Oid[]
  /** One caller walks at a time. */
  #turn: Promise<unknown> = Promise.resolve()

  /** The last of `tips` are looked at first. */
  constructor(objects: ObjectSource, tips: Iterable<Oid>) {
    this.#objects = objects
    this.#tips = [...tips]
  }

  /** Whether the tips reach this commit or tag. Of other objects it knows only the tips themselves and what tags name. */
  async reaches(oid: Oid, signal?: AbortSignal): Promise<boolean> {
    if (this.#seen.has(oid) || this.#behindTips.has(oid)) return true
    const answer = this.#turn.then(() => this.#walkTo(oid, signal))
    this.#turn = answer.catch(() => undefined)
    return await answer
  }

  async #walkTo(oid: Oid, signal: AbortSignal | undefined): Promise<boolean> {
    while (this.#tips.length > 0) {
      const parents = await this.#add(this.#tips.at(-1) as Oid)
      this.#tips.pop()
      // Mostly it is asked about what a branch was a commit ago: the other tips need not be read for that.
      for (const parent of parents) this.#behindTips.add(parent)
      if (this.#behindTips.has(oid)) return true
    }
    const slices = new Slices(signal)
    while (!this.#seen.has(oid)) {
      const next = this.#queue.pop()
      if (next === undefined) return false
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

  /** The parents of the commit that it is, or that the tag names; none where that was seen before. */
  async #add(oid: Oid): Promise<Oid[]> {
    let at = oid
    for (;;) {
      if (this.#seen.has(at)) return []
      const object = await this.#objects.read(at)
      if (object === null) throw new MissingObjectError(at)
      if (object.type === 'commit') {
        const { parents, committer } = parseCommit(object.bytes)
        this.#seen.add(at)
        this.#queue.push({ parents, time: committer.time }, committer.time)
        return parents
      }
      this.#seen.add(at)
      if (object.type !== 'tag') return []
      at = parseTag(object.bytes).object
    }
  }
}
