import { clone } from './clone.ts'
import { indexPack } from './index-pack.ts'
import { resume } from './resume.ts'
import type { Scenario } from './scenario.ts'
import { store } from './store.ts'

/** All scenarios, in the order of the help. */
export const SCENARIOS: readonly Scenario[] = [clone, indexPack, resume, store]
