import { clone } from './clone.ts'
import { firstFile } from './first-file.ts'
import { indexPack } from './index-pack.ts'
import { resume } from './resume.ts'
import type { Scenario } from './scenario.ts'
import { sources } from './sources.ts'
import { store } from './store.ts'
import { swarm } from './swarm.ts'
import { update } from './update.ts'

/** All scenarios, in the order of the help. */
export const SCENARIOS: readonly Scenario[] = [clone, firstFile, indexPack, update, swarm, sources, resume, store]
