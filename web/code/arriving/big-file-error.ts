/** A file that is not here yet, and is more than comes unasked. */
export class BigFileError extends Error {
  static override readonly name = 'BigFileError'
  override readonly name = 'BigFileError'
  readonly oid: string
  /** Bytes. */
  readonly size: number
  constructor(oid: string, size: number) {
    super('This file is big, and not here yet. Open it by itself to get it.')
    this.oid = oid
    this.size = size
  }
}
