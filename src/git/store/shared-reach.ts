import { NotServedError } from '../errors.ts'
import {
  fromHex,
  isGitlinkMode,
  isOid,
  isTreeMode,
  OID_BYTES,
  parseCommit,
  parseTag,
  scanCommit,
  scanTree,
  toHex,
} from '../object/index.ts'
import { Slices } from '../pack/pause.ts'
import type { Oid } from '../types.ts'
import { CommitReach } from './commit-reach.ts'
import { ObjectNumbers } from './object-numbers.ts'
import type { OpenRepository } from './repositories.ts'

/** Oids of a repository's shared refs: its canonical branches and tags, and what the writers have whose refs are shared. */
export function sharedTips({ snapshot }: OpenRepository): Set<Oid> {
  const { sharing } = snapshot.repository
  const tips = new Set(snapshot.refs.map(({ oid }) => oid))
  for (const { identity, refs } of snapshot.signedRefs) {
    if (sharing === undefined || sharing.includes(identity)) for (const { oid } of refs) tips.add(oid)
  }
  return tips
}

/** All that a ref of anybody names: also of those whose refs are shared no more, for they may count again. */
export function keptTips({ snapshot }: OpenRepository): Set<Oid> {
  const tips = new Set(snapshot.refs.map(({ oid }) => oid))
  for (const { refs } of snapshot.signedRefs) for (const { oid } of refs) tips.add(oid)
  return tips
}

/**
 * What may leave this machine: the closure of the shared refs at one generation, and nothing else (I0). Tips are known at
 * once, commits and tags by a walk that goes on where it stopped, trees and blobs by the whole closure, once.
 */
export class SharedReach {
  readonly tips: ReadonlySet<Oid>
  readonly #open: OpenRepository
  readonly #commits: CommitReach
  #closure: Promise<Closure> | undefined
  #head: Promise<Closure> | undefined

  constructor(open: OpenRepository) {
    this.#open = open
    this.tips = sharedTips(open)
    this.#commits = new CommitReach(open.objects, byLikelihood(open, this.tips))
  }

  /** Whether the shared refs reach the object; false too for what is not here at all. */
  async has(oid: Oid, signal?: AbortSignal): Promise<boolean> {
    if (!isOid(oid)) return false
    if (this.tips.has(oid)) return true
    const info = await this.#open.objects.info(oid)
    if (info === null) return false
    if (info.type === 'commit' || info.type === 'tag') return await this.#commits.reaches(oid, signal)
    // What somebody looks at stands mostly in the branch that HEAD names, whose trees are few among those of history.
    if (this.#closure === undefined && (await this.#inHead()).has(oid)) return true
    // One walk serves all who ask: it is not stopped when one of them gives up.
    this.#closure ??= closureOf(this.#open, this.tips).catch((error: unknown) => {
      this.#closure = undefined
      throw error
    })
    return (await this.#closure).has(oid)
  }

  /** The trees and blobs of the branch that HEAD names. */
  async #inHead(): Promise<Closure> {
    this.#head ??= headFiles(this.#open).catch((error: unknown) => {
      this.#head = undefined
      throw error
    })
    return await this.#head
  }

  /** Rejects with `NotServedError` where one of them is not shared. */
  async need(oids: Iterable<Oid>, signal?: AbortSignal): Promise<void> {
    for (const oid of oids) if (!(await this.has(oid, signal))) throw new NotServedError()
  }

  /** Whether all objects, 20 bytes each, are shared. */
  async hasAll(oids: Uint8Array): Promise<boolean> {
    for (let at = 0; at < oids.length; at += OID_BYTES) if (!(await this.has(toHex(oids, at)))) return false
    return true
  }
}

/** Tips that are read first: what was made lately is loose still, or on the branch that HEAD names. */
function byLikelihood({ objects, snapshot }: OpenRepository, tips: Iterable<Oid>): { likely: Oid[]; others: Oid[] } {
  const head = snapshot.refs.find(({ name }) => name === snapshot.repository.head)?.oid
  const likely: Oid[] = []
  const others: Oid[] = []
  for (const tip of tips) (tip === head || objects.loose.has(tip) ? likely : others).push(tip)
  return { likely, others }
}

/** A set of objects as one byte each. */
export class Closure {
  readonly numbers: ObjectNumbers
  readonly marks: Uint8Array

  constructor(numbers: ObjectNumbers) {
    this.numbers = numbers
    this.marks = new Uint8Array(numbers.count)
  }

  has(oid: Oid): boolean {
    const number = this.numbers.at(fromHex(oid))
    return number >= 0 && this.marks[number] === 1
  }
}

async function headFiles(open: OpenRepository): Promise<Closure> {
  const { refs, repository } = open.snapshot
  const head = refs.find(({ name }) => name === repository.head)
  const commit = head === undefined ? null : await open.objects.read(head.oid)
  return await closureOf(open, commit?.type === 'commit' ? [parseCommit(commit.bytes).tree] : [])
}

/** Everything that `tips` reach. Throws `MissingObjectError` where the repository has a hole. */
export async function closureOf(open: OpenRepository, tips: Iterable<Oid>, signal?: AbortSignal): Promise<Closure> {
  const closure = new Closure(new ObjectNumbers(open.objects))
  const { numbers, marks } = closure
  const stack: number[] = []
  const visit = (bytes: Uint8Array, at: number, descend: boolean) => {
    const number = numbers.need(bytes, at)
    if (marks[number] === 1) return
    marks[number] = 1
    if (descend) stack.push(number)
  }
  for (const tip of tips) visit(fromHex(tip), 0, true)
  const slices = new Slices(signal)
  for (let number = stack.pop(); number !== undefined; number = stack.pop()) {
    const object = await numbers.read(number)
    if (object.type === 'commit') scanCommit(object.bytes, (oid) => visit(oid, 0, true))
    else if (object.type === 'tag') visit(fromHex(parseTag(object.bytes).object), 0, true)
    else if (object.type === 'tree') {
      scanTree(object.bytes, (mode, _start, _end, oidAt) => {
        if (!isGitlinkMode(mode)) visit(object.bytes, oidAt, isTreeMode(mode))
      })
    }
    if (slices.due) await slices.next()
  }
  return closure
}
