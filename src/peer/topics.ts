import { REFS_TOPIC_PREFIX, REPOSITORIES_TOPIC, SHARD_COUNT } from './config.ts'
import type { Announcement } from './types.ts'

/** The gossip topic of a discovery key: one of 64 shards, so that nobody must carry all announcements. */
export function shardTopic(discoveryKey: Uint8Array): string {
  const shard = (discoveryKey[0] ?? 0) & (SHARD_COUNT - 1)

  return REFS_TOPIC_PREFIX + shard.toString(16).padStart(2, '0')
}

export const SHARD_TOPICS: readonly string[] = Array.from({ length: SHARD_COUNT }, (_, shard) =>
  shardTopic(Uint8Array.of(shard)),
)

export const ALL_TOPICS: readonly string[] = [...SHARD_TOPICS, REPOSITORIES_TOPIC]

export function topicKind(topic: string): Announcement['topic'] | undefined {
  if (topic === REPOSITORIES_TOPIC) {
    return 'repositories'
  }

  return SHARD_TOPICS.includes(topic) ? 'refs' : undefined
}
