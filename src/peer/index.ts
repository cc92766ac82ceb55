export type * from './types.ts'
export * from './config.ts'
export * from './errors.ts'
export { HelloBusyError, UnsupportedHelloError } from './hello-errors.ts'
export {
  createIdentity,
  decodeKey,
  identityFromKey,
  loadIdentity,
  peerIdFromRawKey,
  publicKeyFromIdentity,
  rawKeyFromPeerId,
  saveIdentity,
  trimName,
} from './identity.ts'
export type { IdentityBackup, KeyStorage } from './identity.ts'
export { checkNetworkSettings, DEFAULT_NETWORK_SETTINGS } from './network-settings.ts'
export type { NetworkSettings } from './network-settings.ts'
export { shardTopic } from './topics.ts'
export { TokenBucket, TokenBuckets } from './token-bucket.ts'
export type { BucketRate, Clock } from './token-bucket.ts'
