import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { makeRepository } from '../../../playwright/fixtures/make-repository.ts'
import { openMemoryGitStore } from '../../git/testing.ts'
import { bundleOf, git, inTemporaryFolder, verdictOnStore } from './testing/git.ts'
import { overriding } from './testing/overriding.ts'
import { createParty, isReady, until } from './testing/world.ts'
import type { GitStore, ObjectsRequest } from '../../git/index.ts'

const MAIN = 'refs/heads/main'
const party = createParty()

afterEach(() => party.stop())

/** A store that notes what is asked of it, and how many objects it gave. */
function listening(store: GitStore): { store: GitStore; asked: Array<ObjectsRequest & { objects: number | null }> } {
  const asked: Array<ObjectsRequest & { objects: number | null }> = []
  const openObjects: GitStore['openObjects'] = async (token, request, options) => {
    const noted: (typeof asked)[number] = { ...request, objects: null }
    asked.push(noted)
    const reader = await store.openObjects(token, request, options)
    noted.objects = reader.objects
    return reader
  }
  return { store: overriding(store, { openObjects }), asked }
}

test('a history that was moved back while one was away comes without what is here', async () => {
  await inTemporaryFolder(async (folder) => {
    const source = await makeRepository(join(folder, 'source'), { commits: 60, seed: 7 })
    for (const name of (await git(source, 'for-each-ref', '--format=%(refname)')).trim().split('\n')) {
      if (name !== MAIN) await git(source, 'update-ref', '-d', name)
    }
    const parent = (await git(source, 'rev-parse', 'main~3')).trim()
    const memory = await openMemoryGitStore()
    const { store, asked } = listening(memory)
    const [ana, bo] = [await party.member({ name: 'Ana', store }), await party.member({ name: 'Bo' })]
    const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(source), name: 'source' })
    await bo.peer.dial(ana.peer)
    await bo.sync.open(ana.sync.link(token))
    await until(bo.sync, token, isReady)
    await bo.peer.hangUp(ana.peer)
    await ana.sync.publish(token, { refs: [{ name: MAIN, oid: parent }], admit: [] })
    const { commit } = await ana.sync.commit(token, {
      ref: MAIN,
      parent,
      changes: [{ path: 'README.md', content: new TextEncoder().encode('# Another way\n') }],
      author: { name: 'Ana', email: 'ana@example.com', time: 1_700_000_000, offset: 60 },
      message: 'Go another way\n',
    })
    asked.length = 0
    await bo.peer.dial(ana.peer)
    await until(bo.sync, token, ({ refs }) => refs.some(({ name, oid }) => name === MAIN && oid === commit))
    const tails = asked.filter(({ filter }) => filter === 'closure')
    expect(tails.map(({ negotiate, objects }) => [negotiate, objects === null])).toEqual([
      [true, true],
      [false, false],
    ])
    // Of more than 300 objects those that were skipped over come again.
    expect(tails[1]?.objects).toBeLessThan(150)
    expect(await verdictOnStore(bo.store, token)).toEqual(await verdictOnStore(memory, token))
    await party.stop()
    await memory.close()
  })
})

test('what is new on one of many refs is asked for by naming few of them', async () => {
  const memory = await openMemoryGitStore()
  const { store, asked } = listening(memory)
  const [ana, bo] = [await party.member({ name: 'Ana', store }), await party.member({ name: 'Bo' })]
  const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
  const tip = () => ana.sync.repository(token)?.refs.find(({ name }) => name === MAIN)?.oid ?? ''
  const tags = Array.from({ length: 100 }, (_, n) => ({ name: `refs/tags/v${n}`, oid: tip() }))
  await ana.sync.publish(token, { refs: tags, admit: [] })
  await bo.peer.dial(ana.peer)
  await bo.sync.open(ana.sync.link(token))
  await until(bo.sync, token, isReady)
  await bo.peer.hangUp(ana.peer)
  const parent = tip()
  const { commit } = await ana.sync.commit(token, {
    ref: MAIN,
    parent,
    changes: [{ path: 'README.md', content: new TextEncoder().encode('# New\n') }],
    author: { name: 'Ana', email: 'ana@example.com', time: 1_700_000_000, offset: 60 },
    message: 'News\n',
  })
  asked.length = 0
  await bo.peer.dial(ana.peer)
  await until(bo.sync, token, ({ refs }) => refs.some(({ name, oid }) => name === MAIN && oid === commit))
  expect(asked).toMatchObject([{ wants: [commit], haves: [parent, '0'.repeat(40)], negotiate: true, objects: 3 }])
  await party.stop()
  await memory.close()
})
