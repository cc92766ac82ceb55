import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { git } from '../fixtures/git.ts'
import type { RelayProcess } from './relay-process.ts'

/** What the relay's sample was made of: the sample bundle, cloned by stock git. */
export function sampleSource(relay: RelayProcess): string {
  const dir = mkdtempSync(join(tmpdir(), 'sample-'))
  git(dir, ['clone', '-q', '--mirror', join(relay.data, 'sample.bundle'), 'source.git'])
  return join(dir, 'source.git')
}
