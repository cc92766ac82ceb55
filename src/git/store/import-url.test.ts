import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GitServer } from '../../../playwright/fixtures/git-server.ts'
import { git } from '../../../playwright/fixtures/git.ts'
import { makeRepository } from '../../../playwright/fixtures/make-repository.ts'
import { MemoryBackend } from '../backend/memory.ts'
import { fetchTransport } from '../worker/fetch-transport.ts'
import { LocalGitStore } from './local-git-store.ts'
import { ProcessLocks } from './locks.ts'

const id = 'repository'
const transport = fetchTransport({ fetch, isOnline: () => true })

let dir = ''
let server: GitServer
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'import-url-'))
  await makeRepository(join(dir, 'code.git'), { commits: 300, seed: 3, bare: true })
  server = await GitServer.start(dir)
})
afterAll(async () => {
  await server.stop()
  rmSync(dir, { recursive: true, force: true })
})

const source = () => ({ url: 'https://git.example/code.git', through: server.url('code.git') })

describe('GitStore.importUrl', () => {
  it('keeps what came as a base pack, once it is admitted', async () => {
    const backend = new MemoryBackend()
    const store = await LocalGitStore.open({ backend, locks: new ProcessLocks(), transport })
    const { staging, refs, head, objects } = await store.importUrl(id, source())
    expect(await store.repository(id)).toBeUndefined()
    await store.transact({ repository: id, create: true, refs, head, admit: [staging] })
    const [base] = await store.inventory(id)
    expect(base).toMatchObject({ objects })
    const main = git(join(dir, 'code.git'), ['rev-parse', 'main'])
    expect(await store.countCommits(id, main)).toBe(Number(git(join(dir, 'code.git'), ['rev-list', '--count', 'main'])))
    await store.close()
  })

  it('leaves nothing behind when it is cancelled while the pack is written', async () => {
    const backend = new MemoryBackend()
    const store = await LocalGitStore.open({ backend, locks: new ProcessLocks(), transport })
    const stop = new AbortController()
    let rows = 0
    const writeRows = backend.writeRows.bind(backend)
    backend.writeRows = async (...args) => {
      await writeRows(...args)
      rows++
      stop.abort(new Error('enough'))
    }
    await expect(store.importUrl(id, source(), { signal: stop.signal })).rejects.toThrow('enough')
    expect(rows).toBeGreaterThan(0)
    expect(await backend.packs()).toEqual([])
    expect(await store.usage()).toEqual([])
    await store.close()
  })

  it('says what a program forgot that lent it no transport', async () => {
    const store = await LocalGitStore.open({ backend: new MemoryBackend(), locks: new ProcessLocks() })
    await expect(store.importUrl(id, source())).rejects.toThrow('no way to ask servers')
    await store.close()
  })
})
