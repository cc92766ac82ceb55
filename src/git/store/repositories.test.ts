import { expect, it } from 'vitest'
import { MemoryBackend } from '../backend/memory.ts'
import { LocalGitStore } from './local-git-store.ts'
import { ProcessLocks } from './locks.ts'
import type { Backend } from '../backend/backend.ts'
import type { CommitRequest, GitStore } from './git-store.ts'

const id = 'notes'
const MAIN = 'refs/heads/main'

/** A store that counts how often all of a repository is read. */
async function counting(): Promise<{ store: GitStore; backend: Backend; reads: () => number }> {
  const backend = new MemoryBackend()
  let reads = 0
  const snapshot = backend.snapshot.bind(backend)
  backend.snapshot = async (name) => {
    reads++
    return await snapshot(name)
  }
  const store = await LocalGitStore.open({ backend, locks: new ProcessLocks() })
  return { store, backend, reads: () => reads }
}

function edit(parent: string | null, text: string): CommitRequest {
  const changes = [{ path: 'a', content: new TextEncoder().encode(text) }]
  return { ref: MAIN, parent, changes, author: { name: 'A', email: 'a@b', time: 1, offset: 0 }, message: `${text}\n` }
}

it('knows what a commit left without reading it again, and just what is stored', async () => {
  const { store, backend, reads } = await counting()
  const first = await store.importFiles(id, edit(null, 'one'))
  const row = { identity: 'ana', writer: 'w', highestSeen: 1, envelope: Uint8Array.of(1), list: Uint8Array.of(1) }
  const at = (oid: string) => [{ name: MAIN, oid }]
  const oid = first.refs[0]?.oid ?? ''
  await store.transact({
    repository: id,
    create: true,
    refs: at(oid),
    head: MAIN,
    signedRefs: [{ ...row, refs: at(oid) }],
    admit: [first.staging],
  })
  await store.repository(id)
  const before = reads()
  const second = await store.stageCommit(id, edit(oid, 'two'))
  const signed = { ...row, highestSeen: 2, list: Uint8Array.of(2), refs: at(second.commit) }
  await store.transact({ repository: id, refs: at(second.commit), signedRefs: [signed], admit: [second.staging] })
  const known = { repository: await store.repository(id), signed: await store.signedRefs(id) }
  expect((await store.commit(id, second.commit)).subject).toBe('two')
  expect(await store.independent(id, [oid, second.commit])).toEqual([second.commit])
  expect(reads()).toBe(before)

  const other = await LocalGitStore.open({ backend, locks: new ProcessLocks() })
  expect({ repository: await other.repository(id), signed: await other.signedRefs(id) }).toEqual(known)
  expect((await other.commit(id, second.commit)).subject).toBe('two')
  // What comes or goes is read, and so is what another tab did.
  await store.transact({ repository: id, refs: [{ name: 'refs/heads/b', oid }] })
  expect((await store.repository(id))?.refs.map(({ name }) => name)).toEqual(['refs/heads/b', MAIN])
  await other.transact({ repository: id, refs: at(oid) })
  expect((await store.repository(id))?.refs.find(({ name }) => name === MAIN)?.oid).toBe(oid)
  await store.transact({ repository: id, refs: [{ name: 'refs/heads/b', oid: null }] })
  expect((await store.repository(id))?.refs).toEqual(at(oid))
})
