import type { GitStore } from '../../src/git/index.ts'
import type { GutsPeer } from '../../src/peer/index.ts'
import type { RepoSync } from '../../src/sync/index.ts'
import type { AppConfig } from '../config.ts'
import type { AppStorage } from '../storage/app-storage.ts'

/** What runs below the views once it is started: `start.ts` makes it. */
export interface Core {
  store: GitStore
  peer: GutsPeer
  sync: RepoSync
  config: AppConfig
  storage: AppStorage
  /** Opens what an address names. A damaged hint is left out, which `damaged` says; rejects where the token is none. */
  open(token: string, hint: string | null): Promise<{ damaged: boolean }>
  /** The link that somebody else opens, whole. */
  link(token: string, base: string): string
  /** Makes this browser's identity a maintainer, by the one-time code that the device of the hint printed. */
  claim(token: string, code: string, hint: string | null): Promise<void>
  rename(name: string): Promise<void>
}
