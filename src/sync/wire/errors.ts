/** A message that could not be understood or is beyond a limit. The stream that it came on is aborted. */
export class WireError extends Error {
  static override readonly name = 'WireError'
  override readonly name = 'WireError'
  /** The message's field in pb/sync.proto, with the field in it: `getChunks.ranges`. */
  readonly field: string
  constructor(field: string, problem: string, options?: ErrorOptions) {
    super(
      `The other device sent something that the protocol does not allow (${field}: ${problem}). The stream was closed.`,
      options,
    )
    this.field = field
  }
}

/** A message that is longer than its kind may be. */
export class MessageTooLongError extends Error {
  static override readonly name = 'MessageTooLongError'
  override readonly name = 'MessageTooLongError'
  /** Bytes. */
  readonly length: number
  readonly limit: number
  constructor(length: number, limit: number) {
    super(`A message of ${length} bytes is more than the ${limit} that are allowed. The stream was closed.`)
    this.length = length
    this.limit = limit
  }
}
