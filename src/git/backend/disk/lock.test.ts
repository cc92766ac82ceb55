import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DataDirectoryLockedError } from '../../errors.ts'
import { openDiskGitStore } from '../../node.ts'
import { DiskBackend } from './backend.ts'

describe('the lock of a data directory', () => {
  let directory: string
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'guts-lock-'))))
  afterEach(() => rmSync(directory, { recursive: true }))

  it('lets one in, and the next once that one is done', async () => {
    const store = await openDiskGitStore(directory)
    const refused = openDiskGitStore(directory)
    await expect(refused).rejects.toBeInstanceOf(DataDirectoryLockedError)
    await expect(refused).rejects.toMatchObject({ directory, pid: process.pid })
    await store.close()
    await (await openDiskGitStore(directory)).close()
  })

  it.each([
    ['a process that has ended', async () => ({ pid: await endedPid(), started: '1' })],
    ['an earlier process of the same number', async () => ({ pid: process.pid, started: '1' })],
    ['a process that was killed while it wrote', async () => '{"pid":'],
  ])('takes over from %s', async (_who, content) => {
    const lock = await content()
    writeFileSync(join(directory, 'lock'), typeof lock === 'string' ? lock : JSON.stringify(lock))
    const backend = await DiskBackend.open(directory)
    await backend.close()
  })
})

async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => child.once('exit', resolve))
  return child.pid as number
}
