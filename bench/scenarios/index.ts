import { announce } from './announce.ts'
import { clone } from './clone.ts'
import { connect } from './connect.ts'
import { firstFile } from './first-file.ts'
import { heal } from './heal.ts'
import { indexPack } from './index-pack.ts'
import { relay } from './relay.ts'
import { relayedBytes } from './relayed-bytes.ts'
import { resume } from './resume.ts'
import type { Scenario } from './scenario.ts'
import { sources } from './sources.ts'
import { store } from './store.ts'
import { swarm } from './swarm.ts'
import { update } from './update.ts'

/** All scenarios, in the order of the help. */
export const SCENARIOS: readonly Scenario[] = [
  clone,
  firstFile,
  indexPack,
  update,
  swarm,
  sources,
  resume,
  store,
  connect,
  announce,
  relay,
  heal,
  relayedBytes,
]
