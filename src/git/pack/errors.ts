import type { Oid } from '../types.ts'

/** Anything that is wrong with a pack, an index, a delta or an object in one. Each cause has a class of its own. */
export class PackError extends Error {
  static override readonly name: string = 'PackError'
  override readonly name: string = 'PackError'
  constructor(message = 'The pack is damaged. Get it again, from somebody else if it stays so.') {
    super(message)
  }
}

/** The pack does not begin as a pack of version 2 or 3 does, or claims more objects than it could hold. */
export class PackHeaderError extends PackError {
  static override readonly name = 'PackHeaderError'
  override readonly name = 'PackHeaderError'
  constructor(message = 'This is not a git pack of version 2 or 3. Choose another file, or get it again.') {
    super(message)
  }
}

/** The bytes ended before the pack did. */
export class PackTruncatedError extends PackError {
  static override readonly name = 'PackTruncatedError'
  override readonly name = 'PackTruncatedError'
  constructor(message = 'The pack ends too early. Get it again.') {
    super(message)
  }
}

/** The SHA-1 at the end of the pack is not that of its bytes, or something follows it. */
export class PackTrailerError extends PackError {
  static override readonly name = 'PackTrailerError'
  override readonly name = 'PackTrailerError'
  constructor(message = 'The checksum at the end of the pack does not match its bytes. Get it again.') {
    super(message)
  }
}

/** An entry's header is of no known kind, or its compressed data is not what the header declares. */
export class PackEntryError extends PackError {
  static override readonly name = 'PackEntryError'
  override readonly name = 'PackEntryError'
  /** Where the entry begins, if known. */
  offset: number | undefined
  constructor(message = 'An object in the pack is damaged. Get it again.', offset?: number) {
    super(offset === undefined ? message : `${message} (offset ${offset})`)
    this.offset = offset
  }
}

/** Bytes that are kept do not match the index (CRC-32, length): they must be fetched again. */
export class PackRowError extends PackError {
  static override readonly name = 'PackRowError'
  override readonly name = 'PackRowError'
  /** Where in the pack. */
  offset: number | undefined
  constructor(
    message = 'Bytes of a stored pack were changed or lost. They have to be fetched again.',
    offset?: number,
  ) {
    super(offset === undefined ? message : `${message} (offset ${offset})`)
    this.offset = offset
  }
}

/** A delta that reads or writes out of bounds, has no base, or chains too far. */
export class DeltaError extends PackError {
  static override readonly name: string = 'DeltaError'
  override readonly name: string = 'DeltaError'
  constructor(message = 'A delta in the pack is damaged. Get the pack again.') {
    super(message)
  }
}

/** A delta chain is longer than allowed, or loops. */
export class DeltaChainError extends DeltaError {
  static override readonly name = 'DeltaChainError'
  override readonly name = 'DeltaChainError'
  limit: number
  constructor(limit: number) {
    super(`A chain of deltas in the pack is longer than ${limit}. Repack the source with git repack -adf.`)
    this.limit = limit
  }
}

/** A delta's base is neither in the pack nor among the objects that are here. */
export class MissingBaseError extends DeltaError {
  static override readonly name = 'MissingBaseError'
  override readonly name = 'MissingBaseError'
  /** The base, where the delta names it. */
  oid: Oid | undefined
  constructor(oid?: Oid) {
    super(
      oid === undefined
        ? 'A delta in the pack has no base.'
        : `The pack needs object ${oid}, which is not here. Get the objects that it builds on first.`,
    )
    this.oid = oid
  }
}

/** An object is bigger, inflated, than `limit`. */
export class ObjectTooLargeError extends PackError {
  static override readonly name = 'ObjectTooLargeError'
  override readonly name = 'ObjectTooLargeError'
  /** Bytes it declares. */
  size: number
  /** Bytes allowed. */
  limit: number
  /** Known for undeltified objects of a pack only where somebody looked it up; see `PackIndexer`. */
  oid: Oid | undefined
  /** Where its entry begins in the pack. */
  offset: number | undefined
  constructor(size: number, limit: number, facts: { oid?: Oid; offset?: number } = {}) {
    const which = facts.oid === undefined ? 'An object' : `Object ${facts.oid}`
    super(`${which} of ${size} bytes is above the limit of ${limit}. Keep such files outside of git, or in git-lfs.`)
    this.size = size
    this.limit = limit
    this.oid = facts.oid
    this.offset = facts.offset
  }
}

/** All objects together are bigger, inflated, than `limit`: an ordinary pack is far from it. */
export class PackTooLargeError extends PackError {
  static override readonly name = 'PackTooLargeError'
  override readonly name = 'PackTooLargeError'
  /** Bytes allowed. */
  limit: number
  constructor(limit: number) {
    super(`The pack inflates to more than ${limit} bytes. If you trust its source, allow more and try again.`)
    this.limit = limit
  }
}

/** The same object twice in one pack, which `git index-pack --strict` refuses too. */
export class DuplicateObjectError extends PackError {
  static override readonly name = 'DuplicateObjectError'
  override readonly name = 'DuplicateObjectError'
  oid: Oid
  constructor(oid: Oid) {
    super(`Object ${oid} is in the pack twice. Repack the source with git repack -ad.`)
    this.oid = oid
  }
}

/** A commit, tree or tag that cannot be parsed. */
export class ObjectFormatError extends PackError {
  static override readonly name = 'ObjectFormatError'
  override readonly name = 'ObjectFormatError'
  oid: Oid | undefined
  constructor(message = 'An object is not what git would have written.', oid?: Oid) {
    super(oid === undefined ? message : `${message} (object ${oid})`)
    this.oid = oid
  }
}

/** An object is of another type than those who link to it say. */
export class ObjectTypeError extends PackError {
  static override readonly name = 'ObjectTypeError'
  override readonly name = 'ObjectTypeError'
  oid: Oid
  constructor(oid: Oid, expected: string, actual: string) {
    super(`Object ${oid} is a ${actual}, but is linked to as a ${expected}. Run git fsck on the source.`)
    this.oid = oid
  }
}

/** More links lead out of the pack than are kept track of. */
export class TooManyLinksError extends PackError {
  static override readonly name = 'TooManyLinksError'
  override readonly name = 'TooManyLinksError'
  limit: number
  constructor(limit: number) {
    super(`The pack refers to more than ${limit} objects that are not in it. Get what it builds on first.`)
    this.limit = limit
  }
}

/** A `.idx` file that git would not read. */
export class IdxError extends PackError {
  static override readonly name = 'IdxError'
  override readonly name = 'IdxError'
  constructor(message = 'This is not a pack index of version 2. Make it anew with git index-pack.') {
    super(message)
  }
}

/** Bytes that are no manifest of a base pack, or do not hash to its id. */
export class ManifestError extends PackError {
  static override readonly name = 'ManifestError'
  override readonly name = 'ManifestError'
  constructor(message = "This is not a base pack's manifest. Ask another holder.") {
    super(message)
  }
}
