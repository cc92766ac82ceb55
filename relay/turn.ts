import { createHmac, randomBytes } from 'node:crypto'
import type { IceServer, TurnConfig } from './config/config.ts'

/**
 * Credentials that end, as coturn takes them with `use-auth-secret` (draft-uberti-behave-turn-rest-00): the user name is
 * `<Unix time of the end>:<name>`, the password the base64 of its HMAC-SHA1 under the shared secret. Each page gets a name
 * of its own, because coturn's quotas are by user name.
 */
export function turnServers(turn: TurnConfig, now = Date.now(), name = randomBytes(8).toString('hex')): IceServer[] {
  const username = `${Math.floor(now / 1000) + turn.ttl}:${name}`
  const credential = createHmac('sha1', turn.secret).update(username).digest('base64')
  return turn.urls.map((urls) => ({ urls, username, credential }))
}
