/** What the process of many peers is told to do, one thing after the other. */
export type PeersCommand =
  /** Starts so many more peers that reserve at the relay. */
  | { kind: 'join'; count: number; relay: string }
  /** All peers follow one shard; resolves when so much time passed that gossip knows. */
  | { kind: 'follow'; settleMs: number }
  /** Other peers in turn publish, one message each time. */
  | { kind: 'announce'; messages: number; bytes: number; everyMs: number; lastMs: number }
  /** As many plain WebSockets to a server that repeats to all others what one of them sends. */
  | { kind: 'fan-out'; port: number; count: number; messages: number; bytes: number; everyMs: number; lastMs: number }
  /** Waits until no peer holds a reservation. */
  | { kind: 'lost' }
  /** Waits until every peer holds one again. */
  | { kind: 'healed' }

export interface Joined {
  joined: number
  /** Until the last of them had its reservation. */
  seconds: number
}

export interface Delivered {
  /** Milliseconds from publishing to each receipt. */
  delays: number[]
  /** Receipts that there should have been. */
  expected: number
}

export interface Reached {
  /** Unix milliseconds of the last peer's new reservation, or of the last one lost. */
  at: number
}

export interface Answers {
  join: Joined
  follow: null
  announce: Delivered
  'fan-out': Delivered
  lost: Reached
  healed: Reached
}
