import { GRAYLIST_SCORE } from './config.ts'
import { ALL_TOPICS } from './topics.ts'
import type { GossipsubOpts } from '@libp2p/gossipsub'

type ScoreParams = NonNullable<GossipsubOpts['scoreParams']>
type TopicScoreParams = NonNullable<ScoreParams['topics']>[string]

/**
 * Invalid messages are penalised by topic, and only where a topic has parameters: without them a flooder's score stays
 * 0. Time in the mesh and deliveries are not scored: a quiet shard is no fault.
 */
const TOPIC_SCORE: TopicScoreParams = {
  topicWeight: 1,
  timeInMeshWeight: 0,
  timeInMeshQuantum: 1,
  timeInMeshCap: 3600,
  firstMessageDeliveriesWeight: 0,
  firstMessageDeliveriesDecay: 0.5,
  firstMessageDeliveriesCap: 2000,
  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: 0.5,
  meshMessageDeliveriesCap: 100,
  meshMessageDeliveriesThreshold: 20,
  meshMessageDeliveriesWindow: 10,
  meshMessageDeliveriesActivation: 5000,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: 0.5,
  invalidMessageDeliveriesWeight: -10,
  invalidMessageDeliveriesDecay: 0.9,
}

const COMMON: Partial<GossipsubOpts> = {
  doPX: false,
  fallbackToFloodsub: false,
  runOnLimitedConnection: false,
  // A lone tab's announcement has nobody to go to, which is no error: refs are compared when somebody connects.
  allowPublishToZeroTopicPeers: true,
  allowedTopics: [...ALL_TOPICS],
  // Bounds a whole message's data field; announcements are at most 1 KiB, several travel together.
  maxInboundDataLength: 65_536,
  decodeRpcLimits: {
    maxSubscriptions: 128,
    maxMessages: 32,
    maxIhaveMessageIDs: 512,
    maxIwantMessageIDs: 512,
    maxControlMessages: 128,
    maxIdontwantMessageIDs: 512,
    maxPeerInfos: 0,
  },
  // One message at a time: otherwise a flood is decoded and verified in parallel, whatever the validator says.
  awaitRpcHandler: true,
  awaitRpcMessageHandler: true,
  scoreThresholds: {
    gossipThreshold: -10,
    publishThreshold: -50,
    graylistThreshold: GRAYLIST_SCORE,
    acceptPXThreshold: 10,
    opportunisticGraftThreshold: 20,
  },
  scoreParams: {
    // Everyone behind one address (a school, a relay) would be muted by the colocation penalty.
    IPColocationFactorWeight: 0,
    retainScore: 600_000,
    topics: Object.fromEntries(ALL_TOPICS.map((topic) => [topic, TOPIC_SCORE])),
  },
}

/** A tab is in a small mesh of its own and its relay's. */
export const TAB_GOSSIP_OPTIONS: Partial<GossipsubOpts> = { ...COMMON }

/**
 * A relay is in the mesh of every tab that follows a shard. Measured with the defaults: the 13th tab of a shard loses a
 * third of the messages; with these, 100 tabs get every one, p95 87 ms.
 */
export const RELAY_GOSSIP_OPTIONS: Partial<GossipsubOpts> = {
  ...COMMON,
  D: 128,
  Dlo: 64,
  Dhi: 100_000,
  Dscore: 4,
  Dout: 0,
}
