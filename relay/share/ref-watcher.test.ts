import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestGit } from '../testing.ts'
import { RefWatcher } from './ref-watcher.ts'

let folder: string
let source: TestGit
let watcher: RefWatcher
let calls = 0

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'guts-watch-'))
  source = TestGit.init(folder)
  source.commit('a', 'a')
  calls = 0
  watcher = new RefWatcher({ gitDirectory: join(folder, '.git'), commonDirectory: join(folder, '.git') }, () => calls++)
  await watcher.start()
  // What the start itself told, and events of the commit that were under way.
  await new Promise((resolve) => setTimeout(resolve, 200))
})
afterEach(() => {
  watcher.close()
  rmSync(folder, { recursive: true })
})

/** Well under the poll: it must have been told. */
async function tells(change: () => void) {
  calls = 0
  change()
  await expect.poll(() => calls, { timeout: 700, interval: 10 }).toBeGreaterThan(0)
  await new Promise((resolve) => setTimeout(resolve, 200))
}

describe('RefWatcher', () => {
  it('tells of each commit to the same branch, not of the first alone', async () => {
    for (const content of ['1', '2', '3', '4', '5']) await tells(() => source.commit('a', content))
  })

  it('tells of branches in new folders and of later commits there', async () => {
    await tells(() => source.run('checkout', '-q', '-b', 'deep/er/branch'))
    await tells(() => source.commit('a', '1'))
    await tells(() => source.commit('a', '2'))
    await tells(() => source.run('checkout', '-q', 'main'))
    await tells(() => source.run('branch', '-q', '-D', 'deep/er/branch'))
    await tells(() => source.run('branch', '-q', 'deep/er/branch'))
  })

  it('tells of tags and packed refs', async () => {
    await tells(() => source.run('tag', 'v1'))
    await tells(() => source.run('pack-refs', '--all'))
    await tells(() => source.run('tag', '-d', 'v1'))
    await tells(() => source.commit('a', '1'))
  })

  it('does not tell of edits of files', async () => {
    calls = 0
    source.run('status')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(calls).toBe(0)
  })
})
