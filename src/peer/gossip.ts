import { gossipsub, TopicValidatorResult } from '@libp2p/gossipsub'
import { RELAY_GOSSIP_OPTIONS, TAB_GOSSIP_OPTIONS } from './gossip-options.ts'
import { gate } from './gossip-gate.ts'
import { MAX_SEEN_MESSAGES, SEEN_TIME } from './config.ts'
import { SeenCache } from './seen-cache.ts'
import { ALL_TOPICS } from './topics.ts'
import type { Verdict } from './announcement-guard.ts'
import type { GossipRpc, RpcHandler } from './gossip-gate.ts'
import type { PeerComponents } from './components.ts'
import type { GossipSub, Message } from '@libp2p/gossipsub'
import type { PeerId, Startable } from '@libp2p/interface'

export interface GossipOptions {
  role: 'tab' | 'relay'
  check: (message: { topic: string; bytes: Uint8Array; author: string; source: string }) => Promise<Verdict>
  /** How many of `count` messages of a peer are verified at all. */
  admit: (source: string, count: number) => number
  /** Messages of this peer were worked off, and its gossip score is another. */
  onScore: (source: string, score: number) => void
}

/** The parts of gossipsub that this layer uses. */
export type Gossip = GossipSub & Startable & { getScore(peer: string): number }

const RESULTS: Record<Verdict, TopicValidatorResult> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
}

/**
 * Starts gossipsub on a node that already runs. libp2p takes services when it is constructed, but a service is no more
 * than a function of its components; what it misses by coming late (who speaks its protocol) a round of identify tells.
 */
export async function startGossip(components: PeerComponents, options: GossipOptions): Promise<Gossip> {
  const settings = options.role === 'relay' ? RELAY_GOSSIP_OPTIONS : TAB_GOSSIP_OPTIONS
  const gossip = gossipsub(settings)(components) as Gossip

  // Its own forgets by time alone; it is private, and made in the constructor.
  Object.assign(gossip, { seenCache: new SeenCache(MAX_SEEN_MESSAGES, SEEN_TIME) })
  // Where signatures fail, the score is all that tells: looked at right away, not when the flood is over.
  gate(gossip as Gossip & RpcHandler<GossipRpc>, options.admit, (source) =>
    options.onScore(source, gossip.getScore(source)),
  )

  const validate = async (source: PeerId, message: Message): Promise<TopicValidatorResult> => {
    // Unsigned messages do not come this far: the signature policy is strict.
    if (message.type !== 'signed') {
      return TopicValidatorResult.Reject
    }

    const verdict = await options.check({
      topic: message.topic,
      bytes: message.data,
      author: message.from.toString(),
      source: source.toString(),
    })

    return RESULTS[verdict]
  }

  for (const topic of ALL_TOPICS) {
    gossip.topicValidators.set(topic, validate)
  }

  await gossip.start()
  return gossip
}
