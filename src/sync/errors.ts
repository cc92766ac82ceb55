/** Errors of src/sync: one class a cause, what happened and what to do in the message, the facts as fields. */

/** The stream was closed while something was still to be sent or awaited. */
export class ChannelClosedError extends Error {
  static override readonly name = 'ChannelClosedError'
  override readonly name = 'ChannelClosedError'
  constructor(message = 'The other device closed the connection.') {
    super(message)
  }
}

/** A length prefix beyond the limit of its stream. */
export class FrameTooLongError extends Error {
  static override readonly name = 'FrameTooLongError'
  override readonly name = 'FrameTooLongError'
  readonly length: number
  readonly limit: number
  constructor(length: number, limit: number) {
    super(`A message of ${length} bytes was announced where ${limit} are allowed. The stream was closed.`)
    this.length = length
    this.limit = limit
  }
}

/** A peer sent more than it had credit for. */
export class QueueOverrunError extends Error {
  static override readonly name = 'QueueOverrunError'
  override readonly name = 'QueueOverrunError'
  readonly limit: number
  constructor(limit: number) {
    super(`More than ${limit} bytes came without having been asked for. The stream was closed.`)
    this.limit = limit
  }
}

/** Nothing came for as long as a peer may stay silent. */
export class IdleTimeoutError extends Error {
  static override readonly name = 'IdleTimeoutError'
  override readonly name = 'IdleTimeoutError'
  readonly milliseconds: number
  constructor(milliseconds: number) {
    super(`The other device said nothing for ${Math.round(milliseconds / 1000)} seconds. Another one is tried.`)
    this.milliseconds = milliseconds
  }
}

/**
 * A proven fault of a peer: bytes that do not match what it advertised or signed. Whoever sent them is denied at once,
 * by name.
 */
export class PeerFaultError extends Error {
  static override readonly name = 'PeerFaultError'
  override readonly name = 'PeerFaultError'
  readonly peer: string
  readonly reason: string
  constructor(peer: string, reason: string, options?: ErrorOptions) {
    super(
      `A device sent data that does not match its signature (${reason}). It was dropped and blocked; nothing of it was kept.`,
      options,
    )
    this.peer = peer
    this.reason = reason
  }
}

/** A peer that is busy, does not hold the repository, or broke the protocol without that being proof of malice. */
export class RemoteRefusedError extends Error {
  static override readonly name = 'RemoteRefusedError'
  override readonly name = 'RemoteRefusedError'
  readonly peer: string
  readonly status: string
  constructor(peer: string, status: string) {
    super(`The other device answered "${status}". Another one is tried.`)
    this.peer = peer
    this.status = status
  }
}

/** None of the connected holders has the object, or none of its branches and tags leads to it. */
export class NotSharedError extends Error {
  static override readonly name = 'NotSharedError'
  override readonly name = 'NotSharedError'
  readonly oid: string
  constructor(oid: string) {
    super('No device that is connected shares this. Check the address, or wait until the whole repository is here.')
    this.oid = oid
  }
}

/** A message that no conforming peer sends here. */
export class UnexpectedMessageError extends Error {
  static override readonly name = 'UnexpectedMessageError'
  override readonly name = 'UnexpectedMessageError'
  constructor(what: string) {
    super(`A message was not what the protocol allows here: ${what}. The stream was closed.`)
  }
}

/** The token names no repository that is known here. */
export class UnknownRepositoryError extends Error {
  static override readonly name = 'UnknownRepositoryError'
  override readonly name = 'UnknownRepositoryError'
  readonly token: string
  constructor(token: string) {
    super('This repository is not known here. Open its link first.')
    this.token = token
  }
}

/** Its document or refs have not arrived yet. */
export class NotReadyError extends Error {
  static override readonly name = 'NotReadyError'
  override readonly name = 'NotReadyError'
  constructor(message = 'This repository is not here yet. Wait until it has been copied, then try again.') {
    super(message)
  }
}

/** What was to be imported is a repository of this browser, and no second one was wanted. */
export class AlreadyHereError extends Error {
  static override readonly name = 'AlreadyHereError'
  override readonly name = 'AlreadyHereError'
  readonly token: string
  constructor(token: string) {
    super('This repository is in this browser already. Nothing was imported.')
    this.token = token
  }
}

/** This identity may not move the branch. */
export class NotMaintainerError extends Error {
  static override readonly name = 'NotMaintainerError'
  override readonly name = 'NotMaintainerError'
  readonly ref: string
  /** Names of those who may. */
  readonly only: string[]
  constructor(ref: string, only: string[]) {
    super(`Only ${only.join(', ') || 'its maintainers'} can change ${ref.replace(/^refs\/(heads|tags)\//, '')}.`)
    this.ref = ref
    this.only = only
  }
}

/** The branch has versions, and what was to be signed would leave out the one that this writer signed itself. */
export class DivergedError extends Error {
  static override readonly name = 'DivergedError'
  override readonly name = 'DivergedError'
  readonly ref: string
  constructor(ref: string) {
    const branch = ref.replace(/^refs\/heads\//, '')
    super(
      `${branch} has two versions, and this one does not have what you committed. Merge them first: nothing is lost.`,
    )
    this.ref = ref
  }
}

/** More refs, writers, documents or repositories than the limits allow. */
export class LimitExceededError extends Error {
  static override readonly name = 'LimitExceededError'
  override readonly name = 'LimitExceededError'
  readonly what: string
  readonly limit: number
  constructor(what: string, limit: number) {
    super(`There are more than ${limit} ${what}. Nothing was changed.`)
    this.what = what
    this.limit = limit
  }
}

/** A relayed link would have to carry more than its relay allows. */
export class RelayedTooLargeError extends Error {
  static override readonly name = 'RelayedTooLargeError'
  override readonly name = 'RelayedTooLargeError'
  readonly bytes: number
  constructor(bytes: number) {
    super(
      'There is no direct path to the other device, and this is too much to pass through the relay. It goes on by itself when a direct path is found.',
    )
    this.bytes = bytes
  }
}

/** Those who have the missing chunks are gone, or none of them gave what it said that it has. */
export class NoSourceError extends Error {
  static override readonly name = 'NoSourceError'
  override readonly name = 'NoSourceError'
  constructor(
    message = 'No device that is connected now gives the rest of it. What has arrived stays, and it goes on from there.',
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** The work was paused or the repository closed while something waited for it. */
export class StoppedError extends Error {
  static override readonly name = 'StoppedError'
  override readonly name = 'StoppedError'
  constructor(message = 'Stopped. What has arrived stays, and it goes on from there.') {
    super(message)
  }
}
