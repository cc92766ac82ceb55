import { isSharedRefName } from '../object/index.ts'
import { LimitError, RefNameError } from './errors.ts'

/** Refs in one writer's signed refs, and canonical refs of one repository. */
export const MAX_REFS = 10_000

/** Bytes of a ref's name: git keeps loose refs as files, and file systems take 4,096 a path. */
export const MAX_REF_NAME_BYTES = 1024

const encoder = new TextEncoder()

/** Rejects more refs than there may be. */
export function checkRefCount(count: number): void {
  if (count > MAX_REFS) throw new LimitError('The number of branches and tags', MAX_REFS)
}

/** Rejects names that are no branches or tags, and names that come twice. */
export function checkRefNames(names: readonly string[]): void {
  for (const name of names) {
    if (!isSharedRefName(name) || encoder.encode(name).length > MAX_REF_NAME_BYTES) throw new RefNameError(name)
  }
  const twice = names.length === new Set(names).size ? undefined : names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new RefNameError(twice)
}

/** Bytewise order of UTF-8, which is the order of code points and not that of JavaScript's strings. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0
  const left = encoder.encode(a)
  const right = encoder.encode(b)
  const length = Math.min(left.length, right.length)
  for (let i = 0; i < length; i++) {
    const difference = (left[i] as number) - (right[i] as number)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** Two names of which one would have to be a folder and a file at once, as in git's files; undefined if there are none. */
export function nameConflict(names: Iterable<string>): [string, string] | undefined {
  const all = new Set(names)
  for (const name of all) {
    for (let slash = name.indexOf('/', 11); slash > 0; slash = name.indexOf('/', slash + 1)) {
      const parent = name.slice(0, slash)
      if (all.has(parent)) return [parent, name]
    }
  }
  return undefined
}
