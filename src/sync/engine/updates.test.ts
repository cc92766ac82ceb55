import { afterEach, describe, expect, test } from 'vitest'
import { TransactionConflictError, type CommitRequest } from '../../git/index.ts'
import { DivergedError, NotMaintainerError } from '../errors.ts'
import { createParty, isReady, until, type Member } from './testing/world.ts'

const party = createParty()

afterEach(() => party.stop())

const MAIN = 'refs/heads/main'

function edit(parent: string | null, text: string, ref = MAIN): CommitRequest {
  return {
    ref,
    parent,
    changes: [{ path: 'README.md', content: new TextEncoder().encode(text) }],
    author: { name: 'Ana', email: 'ana@example.com', time: 1_700_000_000, offset: 60 },
    message: `Say ${text}\n`,
  }
}

function tip({ sync }: Member, token: string, ref = MAIN): string | null {
  return sync.repository(token)?.refs.find(({ name }) => name === ref)?.oid ?? null
}

/** Ana has a new repository, Bo a copy of it. */
async function pair(): Promise<{ ana: Member; bo: Member; token: string }> {
  const [ana, bo] = await Promise.all([party.member({ name: 'Ana' }), party.member({ name: 'Bo' })])
  const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: 'What we know' })
  await bo.peer.dial(ana.peer)
  await bo.sync.open(ana.sync.link(token))
  await until(bo.sync, token, isReady)
  return { ana, bo, token }
}

describe('an update', () => {
  test('is on screen elsewhere within a second', async () => {
    const { ana, bo, token } = await pair()
    for (let n = 0; n < 3; n++) {
      const { commit } = await ana.sync.commit(token, edit(tip(ana, token), `version ${n}`))
      const before = performance.now()
      await until(bo.sync, token, ({ refs }) => refs.some(({ oid }) => oid === commit), 5_000)
      expect(performance.now() - before).toBeLessThan(1_000)
      expect((await bo.store.commit(token, commit)).subject).toBe(`Say version ${n}`)
    }
  })

  test('that was missed while away comes when they meet again', async () => {
    const { ana, bo, token } = await pair()
    await bo.peer.hangUp(ana.peer)
    const { commit } = await ana.sync.commit(token, edit(tip(ana, token), 'while you were away'))
    expect(tip(bo, token)).not.toBe(commit)
    await bo.peer.dial(ana.peer)
    await until(bo.sync, token, () => tip(bo, token) === commit)
  })

  test('reaches a third who clones from the second by the same link, when the first has left', async () => {
    const { ana, bo, token } = await pair()
    const link = ana.sync.link(token)
    const { commit } = await ana.sync.commit(token, edit(tip(ana, token), 'last words'))
    await until(bo.sync, token, () => tip(bo, token) === commit)
    await ana.stop()
    const cleo = await party.member({ name: 'Cleo' })
    await cleo.sync.open(link)
    await cleo.peer.dial(bo.peer)
    const state = await until(cleo.sync, token, isReady)
    expect(tip(cleo, token)).toBe(commit)
    expect(state.stale).toBe(false)
    expect(await cleo.store.countCommits(token, commit)).toBe(2)
  })

  test('that lost the race is refused, and changes nothing', async () => {
    const { ana, token } = await pair()
    const parent = tip(ana, token)
    const { commit } = await ana.sync.commit(token, edit(parent, 'first'))
    await expect(ana.sync.commit(token, edit(parent, 'second'))).rejects.toThrow(TransactionConflictError)
    expect(tip(ana, token)).toBe(commit)
  })

  test('by who is no maintainer is refused, with the names of those who are', async () => {
    const { bo, token } = await pair()
    expect(bo.sync.mayMove(token, MAIN)).toEqual({ allowed: false, only: ['Ana'] })
    await expect(bo.sync.commit(token, edit(tip(bo, token), 'mine'))).rejects.toThrow(NotMaintainerError)
    await expect(bo.sync.commit(token, edit(tip(bo, token), 'mine'))).rejects.toThrow('Only Ana can change main')
  })

  test('by a new maintainer is followed by the others', async () => {
    const { ana, bo, token } = await pair()
    await ana.sync.addDelegate(token, bo.peer.identity)
    await until(bo.sync, token, ({ maintainer }) => maintainer)
    const { commit } = await bo.sync.commit(token, edit(tip(bo, token), 'by Bo'))
    await until(ana.sync, token, () => tip(ana, token) === commit)
    const again = await ana.sync.commit(token, edit(commit, 'by Ana again'))
    await until(bo.sync, token, () => tip(bo, token) === again.commit)
    expect(bo.sync.repository(token)?.divergences).toEqual([])
  })

  test('of the maintainers that is asked for twice at once is made once', async () => {
    const { ana, bo, token } = await pair()
    await Promise.all([1, 2].map(() => ana.sync.addDelegate(token, bo.peer.identity)))
    expect(ana.sync.repository(token)?.document?.delegates).toEqual([ana.peer.identity.id, bo.peer.identity.id])
  })

  test('made by two maintainers at once is two versions, each where it was made', async () => {
    const { ana, bo, token } = await pair()
    await ana.sync.addDelegate(token, bo.peer.identity)
    await until(bo.sync, token, ({ maintainer }) => maintainer)
    await bo.peer.hangUp(ana.peer)
    const parent = tip(ana, token)
    const [byAna, byBo] = await Promise.all([
      ana.sync.commit(token, edit(parent, 'by Ana')),
      bo.sync.commit(token, edit(parent, 'by Bo')),
    ])
    await bo.peer.dial(ana.peer)
    const state = await until(ana.sync, token, ({ divergences }) => divergences.length === 1)
    expect(state.divergences[0]?.versions.map(({ oid }) => oid).sort()).toEqual([byAna.commit, byBo.commit].sort())
    await until(bo.sync, token, ({ divergences }) => divergences.length === 1)
    expect(tip(ana, token)).toBe(byAna.commit)
    expect(tip(bo, token)).toBe(byBo.commit)
    // Each goes on with its own, and nobody's page changes sides.
    const onward = await bo.sync.commit(token, edit(byBo.commit, 'by Bo again'))
    await until(
      ana.sync,
      token,
      ({ divergences: [main] }) => main?.versions.some(({ oid }) => oid === onward.commit) === true,
    )
    expect(tip(ana, token)).toBe(byAna.commit)
    expect(tip(bo, token)).toBe(onward.commit)
  })

  test('that merges two versions ends them, with both in the history', async () => {
    const { ana, bo, token } = await pair()
    await ana.sync.addDelegate(token, bo.peer.identity)
    await until(bo.sync, token, ({ maintainer }) => maintainer)
    await bo.peer.hangUp(ana.peer)
    const parent = tip(ana, token)
    const byAna = await ana.sync.commit(token, edit(parent, 'by Ana'))
    const other = { ...edit(parent, 'by Bo'), changes: [{ path: 'bo.txt', content: new TextEncoder().encode('Bo\n') }] }
    const byBo = await bo.sync.commit(token, other)
    await bo.peer.dial(ana.peer)
    await until(bo.sync, token, ({ divergences }) => divergences.length === 1)
    const { author } = other
    const request = { ref: MAIN, ours: byBo.commit, theirs: byAna.commit, resolutions: [], author, message: 'Merge\n' }
    const merged = await bo.sync.merge(token, request)
    for (const member of [ana, bo]) {
      await until(member.sync, token, ({ divergences }) => divergences.length === 0)
      expect(tip(member, token)).toBe(merged.commit)
      const view = await member.store.commit(token, merged.commit)
      expect(view.parents).toEqual([byBo.commit, byAna.commit])
    }
    // Who is not there any more has to merge what is.
    await expect(ana.sync.merge(token, request)).rejects.toThrow(TransactionConflictError)
  })

  test('on top of the other version is refused to who has one: it would drop that from everywhere', async () => {
    const { ana, bo, token } = await pair()
    await ana.sync.addDelegate(token, bo.peer.identity)
    await until(bo.sync, token, ({ maintainer }) => maintainer)
    await bo.peer.hangUp(ana.peer)
    const parent = tip(ana, token)
    const byAna = await ana.sync.commit(token, edit(parent, 'by Ana'))
    const byBo = await bo.sync.commit(token, edit(parent, 'by Bo'))
    await bo.peer.dial(ana.peer)
    await until(ana.sync, token, ({ divergences }) => divergences.length === 1)
    await ana.store.transact({ repository: token, refs: [{ name: MAIN, oid: byBo.commit }] })
    await until(ana.sync, token, () => tip(ana, token) === byBo.commit)
    await expect(ana.sync.commit(token, edit(byBo.commit, 'on top of Bo'))).rejects.toThrow(DivergedError)
    expect((await ana.store.commit(token, byAna.commit)).subject).toBe('Say by Ana')
    expect(ana.sync.repository(token)?.divergences[0]?.versions).toHaveLength(2)
  })
})

describe('refs that are moved back or deleted', () => {
  test('a force-push is followed, and what it removed is served by nobody any more', async () => {
    const { ana, bo, token } = await pair()
    const first = tip(ana, token)
    const { commit: secret } = await ana.sync.commit(token, edit(first, 'a secret'))
    await until(bo.sync, token, () => tip(bo, token) === secret)
    await ana.sync.publish(token, { refs: [{ name: MAIN, oid: first }], admit: [] })
    await until(bo.sync, token, () => tip(bo, token) === first)
    for (const { store } of [ana, bo]) {
      const request = { wants: [secret], haves: [], filter: 'objects' as const, thin: false }
      await expect(store.openObjects(token, request)).rejects.toMatchObject({ name: 'NotServedError' })
    }
  })

  test('a deleted branch goes', async () => {
    const { ana, bo, token } = await pair()
    const branch = 'refs/heads/feature'
    const { commit } = await ana.sync.commit(token, edit(tip(ana, token), 'on a branch', branch))
    await until(bo.sync, token, () => tip(bo, token, branch) === commit)
    await ana.sync.publish(token, { refs: [{ name: branch, oid: null }], admit: [] })
    await until(bo.sync, token, () => tip(bo, token, branch) == null)
    expect(tip(bo, token)).not.toBeNull()
  })
})
