import { DROPPED_GOSSIP_BUCKET, GOSSIP_BUCKET, RELAY_GOSSIP_FACTOR } from './config.ts'
import { TokenBuckets } from './token-bucket.ts'
import { turn } from './turn.ts'
import type { BucketRate, Clock } from './token-bucket.ts'
import type { PeerId } from '@libp2p/interface'

export interface GossipGateOptions {
  /** Ours: what it passes on is not counted. */
  isConfiguredRelay: (id: string) => boolean
  /** Says that it is one, as anybody may: it gets more, and not everything. */
  claimsRelay: (id: string) => boolean
  /** Called once far more came from a peer than may. */
  onFlood: (source: string) => void
  now?: Clock
}

/**
 * What stands before signatures are verified, which costs a hundred times as much as reading a message: a bucket for each
 * peer that hands us gossip, wide enough for all that neighbours pass on of a busy shard.
 */
export class GossipGate {
  readonly #options: GossipGateOptions
  readonly #peers: TokenBuckets
  readonly #relays: TokenBuckets
  readonly #drops: TokenBuckets

  constructor(options: GossipGateOptions) {
    this.#options = options
    this.#peers = new TokenBuckets(GOSSIP_BUCKET, options.now)
    this.#relays = new TokenBuckets(times(GOSSIP_BUCKET, RELAY_GOSSIP_FACTOR), options.now)
    this.#drops = new TokenBuckets(DROPPED_GOSSIP_BUCKET, options.now)
  }

  /** How many of the `count` messages that came from `source` at once are looked at. */
  admit(source: string, count: number): number {
    if (this.#options.isConfiguredRelay(source)) {
      return count
    }

    const bucket = (this.#options.claimsRelay(source) ? this.#relays : this.#peers).get(source)
    let admitted = 0
    while (admitted < count && bucket.take()) {
      admitted += 1
    }
    if (admitted < count && !this.#drops.take(source, count - admitted)) {
      this.#options.onFlood(source)
    }

    return admitted
  }
}

/** The part of a message between gossip peers that is counted. */
export interface GossipRpc {
  messages: unknown[]
}

export interface RpcHandler<R extends GossipRpc> {
  handleReceivedRpc(from: PeerId, rpc: R): Promise<void>
}

/**
 * Puts `admit` before a gossip's own handling, and calls `onHandled` after it. Between two messages of one peer all others
 * have a turn: what was buffered of a flood would otherwise be worked off in one go.
 */
export function gate<R extends GossipRpc>(
  gossip: RpcHandler<R>,
  admit: (source: string, count: number) => number,
  onHandled: (source: string) => void,
): void {
  const handle = gossip.handleReceivedRpc.bind(gossip)

  gossip.handleReceivedRpc = async (from, rpc) => {
    const source = from.toString()
    const count = rpc.messages.length

    rpc.messages = rpc.messages.slice(0, admit(source, count))
    await handle(from, rpc)
    if (count > 0) {
      onHandled(source)
    }
    await turn()
  }
}

function times({ capacity, perSecond }: BucketRate, factor: number): BucketRate {
  return { capacity: capacity * factor, perSecond: perSecond * factor }
}
