import type { Oid } from '../../git/index.ts'
import type { RepositoryDocument } from '../types.ts'
import type { CanonicalInput, WriterRefs } from './canonical.ts'
import { DELETED, MAX_REPLACES, type SignedRef } from './list.ts'

export interface RefMove {
  name: string
  /** Null deletes. */
  oid: Oid | null
  /**
   * The value that whoever moves it saw and moved away from; null where there was none. What other delegates have at it
   * or behind it is replaced; what they have beside it stays a version of its own.
   */
  from: Oid | null
}

export interface MoveInput {
  document: Pick<RepositoryDocument, 'delegates' | 'threshold'>
  /** This writer's list so far. */
  own: SignedRef[]
  /** The accepted refs of all other writers. */
  others: WriterRefs[]
  moves: RefMove[]
  independent: CanonicalInput['independent']
}

/** This writer's next list: a writer signs the refs that it moved itself, and no others. */
export async function moveRefs(input: MoveInput): Promise<SignedRef[]> {
  const others = otherValues(input)
  const next = new Map(input.own.map((ref) => [ref.name, ref]))
  for (const move of input.moves) {
    const before = next.get(move.name)
    const entry = await entryOf(move, before, others.get(move.name) ?? new Set(), input)
    if (entry == null) next.delete(move.name)
    else next.set(move.name, entry)
  }
  return [...next.values()].filter((ref) => !isSpent(ref, others.get(ref.name) ?? new Set(), input.document.threshold))
}

/** What the other delegates' writers have, deletions as zeros. */
function otherValues({ others, document }: MoveInput): Map<string, Set<Oid>> {
  const values = new Map<string, Set<Oid>>()
  for (const { identity, refs } of others) {
    if (!document.delegates.includes(identity)) continue
    for (const { name, oid } of refs) values.set(name, (values.get(name) ?? new Set()).add(oid ?? DELETED))
  }
  return values
}

async function entryOf(
  move: RefMove,
  before: SignedRef | undefined,
  others: Set<Oid>,
  input: MoveInput,
): Promise<SignedRef | null> {
  const branch = move.name.startsWith('refs/heads/')
  const contains = async (b: Oid | null, a: Oid): Promise<boolean> => {
    if (b == null || a === b) return a === b
    return branch && a !== DELETED && !(await input.independent([a, b])).includes(a)
  }
  const replaces: Oid[] = []
  for (const value of others) {
    const left = value === DELETED ? move.oid != null : await contains(move.from, value)
    // What was replaced once stays replaced for as long as its writer has not moved on.
    if ((left || before?.replaces.includes(value) === true) && !(await contains(move.oid, value))) replaces.push(value)
  }
  const kept = replaces.sort().slice(0, MAX_REPLACES)
  if (move.oid == null && kept.length === 0 && input.document.threshold === 1) return null
  return { name: move.name, oid: move.oid, replaces: kept }
}

/** A deletion that has nothing left to delete: with a threshold above one it is a vote, and stays. */
function isSpent(ref: SignedRef, others: Set<Oid>, threshold: number): boolean {
  return ref.oid == null && threshold === 1 && !ref.replaces.some((value) => others.has(value))
}
