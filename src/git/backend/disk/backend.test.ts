import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runBackendSuite } from '../backend.suite.ts'
import { DiskBackend } from './backend.ts'

runBackendSuite('disk', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'guts-disk-'))
  return {
    open: async () => await DiskBackend.open(directory),
    destroy: async () => rmSync(directory, { recursive: true }),
  }
})
