import { MissingObjectError, MoreHavesError } from '../errors.ts'
import { fromHex, isGitlinkMode, isTreeMode, OID_BYTES, parseCommit, parseTag, treeEntries } from '../object/index.ts'
import { Slices } from '../pack/pause.ts'
import type { GitObject, Oid } from '../types.ts'
import { Heap } from '../view/heap.ts'
import { ObjectNumbers } from './object-numbers.ts'
import type { ObjectSet } from './object-set.ts'

/** Commits that are still looked at after only those are left that the asker has: clocks of committers go wrong. */
const SLOP = 64

const WANTED = 1
const HAD = 2

interface WalkCommit {
  oid: Oid
  tree: Oid
  parents: Oid[]
  time: number
  state: typeof WANTED | typeof HAD
}

export interface Difference {
  /** In the order of a pack: commits and tags newest first, then trees and blobs. 20 bytes each. */
  objects: Uint8Array
  /** True for objects that the asker is known to have: a delta against them can be sent. */
  thinBases: (oid: Oid) => boolean
}

/**
 * What `wants` reach and `haves` do not: a walk through commits that stops at those the asker has, then through those parts of
 * each commit's tree that differ from its parents'. It may name a few objects too many, as after a revert, never one too
 * few, and none that the wants do not reach. `haves` must be objects of the set. Rejects with `MoreHavesError` as soon as it
 * shows that there would be more than `most`.
 */
export async function difference(
  set: ObjectSet,
  wants: Oid[],
  haves: Oid[],
  signal?: AbortSignal,
  most = Infinity,
): Promise<Difference> {
  return await new Walk(set, signal, most).run(wants, haves)
}

class Walk {
  readonly #set: ObjectSet
  readonly #most: number
  readonly #numbers: ObjectNumbers
  /** 1: to be sent, 2: the asker has it. */
  readonly #marks: Uint8Array
  readonly #slices: Slices
  readonly #commits = new Map<Oid, WalkCommit>()
  readonly #queue = new Heap<WalkCommit>()
  readonly #top: number[] = []
  readonly #rest: number[] = []
  /** In the queue and wanted: once there are none, the walk ends. */
  #wantedInQueue = 0

  constructor(set: ObjectSet, signal: AbortSignal | undefined, most: number) {
    this.#set = set
    this.#most = most
    this.#numbers = new ObjectNumbers(set)
    this.#marks = new Uint8Array(this.#numbers.count)
    this.#slices = new Slices(signal)
  }

  async run(wants: Oid[], haves: Oid[]): Promise<Difference> {
    // Trees and blobs that are named themselves: nothing is known of where they stand.
    const roots: Oid[] = []
    for (const have of haves) {
      const { oid, object } = await this.#peel(have, HAD)
      if (object.type === 'commit') await this.#push(oid, HAD)
      else await this.#markHad(oid)
    }
    for (const want of wants) {
      const { oid, object } = await this.#peel(want, WANTED)
      if (object.type === 'commit') await this.#push(oid, WANTED)
      else roots.push(oid)
    }
    const wanted = await this.#walkCommits()
    for (const commit of wanted) this.#take(commit.oid, this.#top)
    // Parents first, so that what they have is marked before their children are compared with them.
    for (const commit of wanted.reverse()) await this.#takeTree(commit)
    for (const oid of roots) await this.#takeAll(oid)
    const numbers = [...this.#top, ...this.#rest]
    const objects = new Uint8Array(numbers.length * OID_BYTES)
    numbers.forEach((number, i) => objects.set(fromHex(this.#numbers.oid(number)), i * OID_BYTES))
    return { objects, thinBases: (oid) => this.#marks[this.#numbers.at(fromHex(oid))] === HAD }
  }

  async #peel(start: Oid, state: typeof WANTED | typeof HAD): Promise<{ oid: Oid; object: GitObject }> {
    for (let oid = start; ;) {
      const object = await this.#read(oid)
      if (object.type !== 'tag') return { oid, object }
      if (state === HAD) this.#marks[this.#number(oid)] = HAD
      else this.#take(oid, this.#top)
      oid = parseTag(object.bytes).object
    }
  }

  async #push(oid: Oid, state: typeof WANTED | typeof HAD): Promise<void> {
    const known = this.#commits.get(oid)
    if (known !== undefined) return this.#had(known, state)
    const { tree, parents, committer } = parseCommit((await this.#read(oid)).bytes)
    const commit = { oid, tree, parents, time: committer.time, state }
    this.#commits.set(oid, commit)
    this.#queue.push(commit, commit.time)
    if (state === WANTED) this.#wantedInQueue++
  }

  /** The asker has a commit that was thought to be wanted, and so all of its ancestors that are known. */
  #had(start: WalkCommit, state: typeof WANTED | typeof HAD): void {
    if (state !== HAD) return
    const stack = [start]
    for (let commit = stack.pop(); commit !== undefined; commit = stack.pop()) {
      if (commit.state === HAD) continue
      commit.state = HAD
      if (!this.#walked.has(commit.oid)) this.#wantedInQueue--
      for (const parent of commit.parents) {
        const known = this.#commits.get(parent)
        if (known !== undefined) stack.push(known)
      }
    }
  }

  readonly #walked = new Set<Oid>()

  /** The commits to send, children before parents as far as clocks go. */
  async #walkCommits(): Promise<WalkCommit[]> {
    const order: WalkCommit[] = []
    let slop = SLOP
    let walkedWanted = 0
    for (let commit = this.#queue.pop(); commit !== undefined; commit = this.#queue.pop()) {
      if (!this.#walked.has(commit.oid)) {
        this.#walked.add(commit.oid)
        if (commit.state === WANTED) this.#wantedInQueue--
      }
      order.push(commit)
      // Each is an object, and mostly brings more; some may turn out to be there, which asking back then tells.
      if (commit.state === WANTED && ++walkedWanted > this.#most) throw new MoreHavesError()
      for (const parent of commit.parents) await this.#push(parent, commit.state)
      if (this.#slices.due) await this.#slices.next()
      if (this.#wantedInQueue > 0) slop = SLOP
      else if (--slop <= 0) break
    }
    return topological(
      order.filter(({ state }) => state === WANTED),
      this.#commits,
    )
  }

  /** What of a commit's tree its parents do not have. */
  async #takeTree(commit: WalkCommit): Promise<void> {
    const bases: Oid[] = []
    for (const parent of commit.parents) {
      const known = this.#commits.get(parent)
      // What wanted parents have is marked already.
      if (known?.state === HAD) bases.push(known.tree)
    }
    await this.#compare(commit.tree, bases)
  }

  /** Takes what is below `tree` and in none of `bases`, which the asker has. */
  async #compare(tree: Oid, bases: Oid[]): Promise<void> {
    const stack: Array<{ tree: Oid; bases: Oid[] }> = [{ tree, bases }]
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const number = this.#number(next.tree)
      if (next.bases.includes(next.tree)) this.#marks[number] = HAD
      if (this.#marks[number] !== 0) continue
      this.#take(next.tree, this.#rest)
      const had = await this.#subtrees(next.bases)
      for (const entry of treeEntries((await this.#read(next.tree)).bytes)) {
        if (isGitlinkMode(entry.mode)) continue
        const number = this.#numbers.need(entry.oidBytes)
        if (this.#marks[number] !== 0) continue
        if (isTreeMode(entry.mode)) stack.push({ tree: entry.oid, bases: had.get(nameKey(entry.name)) ?? [] })
        else this.#takeNumber(number, this.#rest)
      }
      if (this.#slices.due) await this.#slices.next()
    }
  }

  /** Marks all entries of `bases` as the asker's, and gives their folders by name. */
  async #subtrees(bases: Oid[]): Promise<Map<string, Oid[]>> {
    const byName = new Map<string, Oid[]>()
    for (const base of bases) {
      this.#marks[this.#number(base)] = HAD
      for (const entry of treeEntries((await this.#read(base)).bytes)) {
        if (isGitlinkMode(entry.mode)) continue
        const number = this.#numbers.need(entry.oidBytes)
        if (this.#marks[number] === 0) this.#marks[number] = HAD
        if (isTreeMode(entry.mode)) {
          const key = nameKey(entry.name)
          byName.set(key, [...(byName.get(key) ?? []), entry.oid])
        }
      }
    }
    return byName
  }

  /** A tree or blob that was wanted by its own name. */
  async #takeAll(oid: Oid): Promise<void> {
    const info = await this.#set.info(oid)
    if (info?.type === 'tree') await this.#compare(oid, [])
    else this.#take(oid, this.#rest)
  }

  async #markHad(oid: Oid): Promise<void> {
    const stack = [oid]
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const number = this.#number(next)
      if (this.#marks[number] !== 0) continue
      this.#marks[number] = HAD
      const info = await this.#set.info(next)
      if (info?.type !== 'tree') continue
      for (const entry of treeEntries((await this.#read(next)).bytes)) if (!entry.isGitlink) stack.push(entry.oid)
      if (this.#slices.due) await this.#slices.next()
    }
  }

  #take(oid: Oid, list: number[]): void {
    this.#takeNumber(this.#number(oid), list)
  }

  #takeNumber(number: number, list: number[]): void {
    if (this.#marks[number] !== 0) return
    this.#marks[number] = WANTED
    list.push(number)
    if (this.#top.length + this.#rest.length > this.#most) throw new MoreHavesError()
  }

  #number(oid: Oid): number {
    return this.#numbers.need(fromHex(oid))
  }

  async #read(oid: Oid): Promise<GitObject> {
    const object = await this.#set.read(oid)
    if (object === null) throw new MissingObjectError(oid)
    return object
  }
}

/** A tree's name as a key: its bytes, one a character. */
function nameKey(name: Uint8Array): string {
  let key = ''
  for (const byte of name) key += String.fromCharCode(byte)
  return key
}

/** Children before parents, whatever the clocks say; otherwise in the order given. */
function topological(commits: WalkCommit[], all: ReadonlyMap<Oid, WalkCommit>): WalkCommit[] {
  const children = new Map<Oid, number>()
  const chosen = new Set(commits)
  const parentsIn = (commit: WalkCommit) =>
    commit.parents.flatMap((parent) => {
      const known = all.get(parent)
      return known !== undefined && chosen.has(known) ? [known] : []
    })
  for (const commit of commits) {
    for (const parent of parentsIn(commit)) children.set(parent.oid, (children.get(parent.oid) ?? 0) + 1)
  }
  const ready = new Heap<WalkCommit>()
  for (const commit of commits) if (!children.has(commit.oid)) ready.push(commit, commit.time)
  const sorted: WalkCommit[] = []
  for (let commit = ready.pop(); commit !== undefined; commit = ready.pop()) {
    sorted.push(commit)
    for (const parent of parentsIn(commit)) {
      const left = (children.get(parent.oid) as number) - 1
      children.set(parent.oid, left)
      if (left === 0) ready.push(parent, parent.time)
    }
  }
  return sorted
}
