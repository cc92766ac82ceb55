/** The other side wants to be asked later. */
export class HelloBusyError extends Error {
  static override name = 'HelloBusyError'

  constructor(
    readonly peer: string,
    /** Milliseconds. */
    readonly retryAfter: number,
    message = `Peer ${peer} is busy; a Hello is welcome again in ${retryAfter} ms.`,
  ) {
    super(message)
    this.name = 'HelloBusyError'
  }
}

/** The other side speaks another version of Hello. */
export class UnsupportedHelloError extends Error {
  static override name = 'UnsupportedHelloError'

  constructor(
    readonly peer: string,
    /** What the other side speaks; null where that is not even told. */
    readonly version: number | null,
    message = `Peer ${peer} speaks ${version === null ? 'no version of Hello that is known here' : `version ${version} of Hello, which this one does not know`}. One of the two must be updated.`,
  ) {
    super(message)
    this.name = 'UnsupportedHelloError'
  }
}
