import { afterEach, describe, expect, test } from 'vitest'
import { encodeNewCommit } from '../announce/index.ts'
import { digestOf, discoveryKey } from '../document/index.ts'
import { openMemoryGitStore } from '../../git/testing.ts'
import { createPuppets, honest } from './testing/puppet.ts'
import { createParty, isReady, until } from './testing/world.ts'

const party = createParty()
const puppets = createPuppets()

afterEach(async () => {
  await party.stop()
  await puppets.stop()
})

describe('a copy', () => {
  test('is said to be elsewhere only where somebody showed that it is', async () => {
    const [ana, bo] = await Promise.all([party.member({ name: 'Ana' }), party.member({ name: 'Bo' })])
    const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
    const { documents } = await honest(ana, token)
    const empty = await puppets.holder(token, await openMemoryGitStore(), () => ({ documents, headers: [] }))
    await ana.peer.dial(empty)
    const known = await until(ana.sync, token, ({ holders }) => holders.length === 1)
    expect(known.holders).toMatchObject([{ peer: empty.peerId.toString(), complete: false }])
    await bo.peer.dial(ana.peer)
    await bo.sync.open(ana.sync.link(token))
    await until(bo.sync, token, isReady)
    const complete = () => ana.sync.repository(token)?.holders.map(({ peer, complete }) => [peer, complete])
    const expected = [
      [empty.peerId.toString(), false],
      [bo.peer.peerId.toString(), true],
    ]
    await expect.poll(() => complete()?.sort()).toEqual(expected.sort())
    // And it is known anew whenever they meet.
    await bo.peer.hangUp(ana.peer)
    await until(ana.sync, token, ({ holders }) => holders.length === 1)
    await bo.peer.dial(ana.peer)
    await expect.poll(() => complete()?.sort()).toEqual(expected.sort())
  })
})

describe('news', () => {
  test('is asked of its author, who is connected, and not of whoever is there already', async () => {
    const [ana, bo] = await Promise.all([party.member({ name: 'Ana' }), party.member({ name: 'Bo' })])
    const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
    const old = await honest(ana, token)
    let asked = 0
    const first = await puppets.holder(token, ana.store, () => {
      asked++
      return old
    })
    await bo.peer.dial(first)
    await bo.sync.open({ token })
    await until(bo.sync, token, isReady)
    const parent = ana.sync.repository(token)?.refs[0]?.oid ?? null
    const by = { name: 'Ana', email: 'ana@example.com', time: 1_700_000_000, offset: 0 }
    const changes = [{ path: 'a', content: new Uint8Array(1) }]
    const request = { ref: 'refs/heads/main', parent, changes, author: by, message: 'News\n' }
    const { commit } = await ana.sync.commit(token, request)
    const fresh = await honest(ana, token)
    // Connected, and nothing was said about this repository yet.
    const author = await puppets.holder(token, ana.store, () => fresh)
    author.setInterests([])
    await bo.peer.dial(author)
    const key = await discoveryKey(digestOf(token))
    const bytes = await encodeNewCommit(digestOf(token), fresh.headers[0]?.envelope ?? new Uint8Array(), {
      listed: false,
    })
    const stop = author.announcements.follow(key)
    const before = asked
    // The mesh forms with gossipsub's heartbeat; a repeated message is one message.
    const again = setInterval(() => void author.announcements.publish(key, bytes), 500)
    try {
      await until(bo.sync, token, ({ refs }) => refs[0]?.oid === commit, 15_000)
    } finally {
      clearInterval(again)
      stop()
    }
    expect(asked).toBe(before)
  })
})
