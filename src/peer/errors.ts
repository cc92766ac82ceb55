/** Nobody could be reached under a PeerId: no relay knows it, and no way to it worked. */
export class UnreachableError extends Error {
  static override name = 'UnreachableError'
  /** Why each attempt failed, in the order in which they were made. */
  readonly causes: Error[]

  constructor(
    readonly peer: string,
    causes: Error[] = [],
    message = `Peer ${peer} cannot be reached now. It may be offline, or this peer's relay; try again when one of them is back.`,
  ) {
    super(message, { cause: causes[0] })
    this.name = 'UnreachableError'
    this.causes = causes
  }
}

/** A stream was asked for on a direct connection, and there is none. */
export class NoDirectConnectionError extends Error {
  static override name = 'NoDirectConnectionError'

  constructor(
    readonly peer: string,
    message = `There is no direct connection to ${peer}. Connect first, or allow the relayed link.`,
  ) {
    super(message)
    this.name = 'NoDirectConnectionError'
  }
}

/** One more connection to a peer was asked for, and there are as many as may be, or none is of use. */
export class NoLaneError extends Error {
  static override name = 'NoLaneError'

  constructor(
    readonly peer: string,
    message = `No more connections to this device are of use. What is on its way goes on over those that are open.`,
  ) {
    super(message)
    this.name = 'NoLaneError'
  }
}

/** The peer is refused because of what it did earlier. */
export class PeerDeniedError extends Error {
  static override name = 'PeerDeniedError'

  constructor(
    readonly peer: string,
    readonly reason: string,
    /** Unix milliseconds. */
    readonly until: number,
    message = `Peer ${peer} is refused until ${new Date(until).toISOString()}: ${reason}`,
  ) {
    super(message)
    this.name = 'PeerDeniedError'
  }
}

/** A peer holds as many streams open to us as it may. */
export class TooManyStreamsError extends Error {
  static override name = 'TooManyStreamsError'

  constructor(
    readonly peer: string,
    readonly limit: number,
    message = `Peer ${peer} already has ${limit} streams open here. It must close some first.`,
  ) {
    super(message)
    this.name = 'TooManyStreamsError'
  }
}

/** A peer asks more often than its bucket allows. */
export class RateLimitedError extends Error {
  static override name = 'RateLimitedError'

  constructor(
    readonly peer: string,
    readonly protocol: string,
    /** Milliseconds until the next request is welcome. */
    readonly retryAfter: number,
    message = `Peer ${peer} asks too often on ${protocol}; the next request is welcome in ${retryAfter} ms.`,
  ) {
    super(message)
    this.name = 'RateLimitedError'
  }
}

/** A `Hello` that breaks its own limits or contradicts the connection it came on. */
export class MalformedHelloError extends Error {
  static override name = 'MalformedHelloError'

  constructor(
    readonly peer: string,
    readonly fault: string,
    message = `Peer ${peer} sent a Hello that is not valid: ${fault}`,
  ) {
    super(message)
    this.name = 'MalformedHelloError'
  }
}

/** The answer to a ping was not what the ping said. */
export class WrongPongError extends Error {
  static override name = 'WrongPongError'

  constructor(
    readonly peer: string,
    message = `Peer ${peer} answered a ping with something else. The connection was closed.`,
  ) {
    super(message)
    this.name = 'WrongPongError'
  }
}

/** An attestation that does not prove who runs the peer. */
export class InvalidAttestationError extends Error {
  static override name = 'InvalidAttestationError'

  constructor(
    readonly fault: string,
    message = `The attestation does not hold: ${fault}`,
  ) {
    super(message)
    this.name = 'InvalidAttestationError'
  }
}

/** A relay address that cannot be used as one. */
export class InvalidRelayAddressError extends Error {
  static override name = 'InvalidRelayAddressError'

  constructor(
    readonly address: string,
    readonly fault: string,
    message = `"${address}" is no relay address: ${fault}`,
  ) {
    super(message)
    this.name = 'InvalidRelayAddressError'
  }
}

/** A setting of the network that cannot be used. */
export class NetworkSettingError extends Error {
  static override name = 'NetworkSettingError'

  constructor(
    /** As it is called on the screen. */
    readonly setting: string,
    readonly fault: string,
    message = `Set something else for ${setting}: ${fault}.`,
  ) {
    super(message)
    this.name = 'NetworkSettingError'
  }
}

/** A key, or what was kept of it, that cannot be read back. */
export class InvalidKeyError extends Error {
  static override name = 'InvalidKeyError'

  constructor(
    readonly fault: string,
    message = `The key cannot be used: ${fault}`,
  ) {
    super(message)
    this.name = 'InvalidKeyError'
  }
}

/** An announcement that nobody would forward. */
export class AnnouncementTooLargeError extends Error {
  static override name = 'AnnouncementTooLargeError'

  constructor(
    readonly size: number,
    readonly limit: number,
    message = `An announcement of ${size} bytes is larger than the ${limit} that peers forward.`,
  ) {
    super(message)
    this.name = 'AnnouncementTooLargeError'
  }
}
