import type { ObjectType, Oid } from '../types.ts'

/** There is no such file or folder at that commit, or it may not be opened by its name. */
export class PathNotFoundError extends Error {
  static override readonly name = 'PathNotFoundError'
  override readonly name = 'PathNotFoundError'
  path: string
  constructor(path: string, message = `There is no “${path}” at this commit. Look for it in another version.`) {
    super(message)
    this.path = path
  }
}

/** An object that a view needs is not among those that are here. */
export class ObjectNotHereError extends Error {
  static override readonly name = 'ObjectNotHereError'
  override readonly name = 'ObjectNotHereError'
  oid: Oid
  constructor(oid: Oid, message = `Object ${oid} is not here (yet). Wait until the repository has arrived.`) {
    super(message)
    this.oid = oid
  }
}

/** The same before everything has arrived: it can be fetched by itself. */
export class NotHereYetError extends Error {
  static override readonly name = 'NotHereYetError'
  override readonly name = 'NotHereYetError'
  oid: Oid
  /** What it should be. */
  kind: ObjectType
  constructor(oid: Oid, kind: ObjectType) {
    super('This part of the repository is not here yet. It comes when a device that has it is connected.')
    this.oid = oid
    this.kind = kind
  }
}

/** An object is of another type than the question was about. */
export class WrongTypeError extends Error {
  static override readonly name = 'WrongTypeError'
  override readonly name = 'WrongTypeError'
  oid: Oid
  constructor(oid: Oid, expected: string, actual: string) {
    super(`${oid} is a ${actual}, not a ${expected}. Check the address.`)
    this.oid = oid
  }
}

/** The first digits of an id fit several commits. */
export class AmbiguousRevisionError extends Error {
  static override readonly name = 'AmbiguousRevisionError'
  override readonly name = 'AmbiguousRevisionError'
  revision: string
  candidates: Oid[]
  constructor(revision: string, candidates: Oid[]) {
    super(`“${revision}” fits several objects: ${candidates.join(', ')}. Give more digits.`)
    this.revision = revision
    this.candidates = candidates
  }
}

/** More differs between two trees than can be shown. */
export class DiffTooLargeError extends Error {
  static override readonly name = 'DiffTooLargeError'
  override readonly name = 'DiffTooLargeError'
  limit: number
  constructor(limit: number) {
    super(
      `More than ${limit} files differ between the two. Compare commits that are nearer, or clone and use git diff.`,
    )
    this.limit = limit
  }
}

/** Folders are nested deeper than `limit`. */
export class TreeTooDeepError extends Error {
  static override readonly name = 'TreeTooDeepError'
  override readonly name = 'TreeTooDeepError'
  limit: number
  constructor(limit: number) {
    super(`Folders are nested more than ${limit} deep, which is not shown.`)
    this.limit = limit
  }
}
