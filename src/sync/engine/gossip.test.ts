import { afterEach, describe, expect, test } from 'vitest'
import { createValidator, decodeNewCommit, encodeNewCommit } from '../announce/index.ts'
import { digestOf, discoveryKey } from '../document/index.ts'
import { createPuppets, honest } from './testing/puppet.ts'
import { createParty, isReady, until } from './testing/world.ts'

const party = createParty()
const puppets = createPuppets()

afterEach(async () => {
  await party.stop()
  await puppets.stop()
})

describe('gossip about a commit', () => {
  test('alone is enough to hear of it', async () => {
    const [ana, bo] = await Promise.all([party.member({ name: 'Ana' }), party.member({ name: 'Bo' })])
    const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
    let answer = await honest(ana, token)
    // Serves what Ana has, and never says over a stream that there is something new.
    const quiet = await puppets.holder(token, ana.store, () => answer)
    await bo.peer.dial(quiet)
    await bo.sync.open({ token })
    await until(bo.sync, token, isReady)
    const parent = ana.sync.repository(token)?.refs[0]?.oid ?? null
    const author = { name: 'Ana', email: 'ana@example.com', time: 1_700_000_000, offset: 0 }
    const changes = [{ path: 'a', content: new Uint8Array(1) }]
    const request = { ref: 'refs/heads/main', parent, changes, author, message: 'News\n' }
    const { commit } = await ana.sync.commit(token, request)
    answer = await honest(ana, token)
    const digest = digestOf(token)
    const key = await discoveryKey(digest)
    const bytes = await encodeNewCommit(digest, answer.headers[0]?.envelope ?? new Uint8Array(0), { listed: false })
    const stop = quiet.announcements.follow(key)
    // The mesh forms with gossipsub's heartbeat; a repeated message is one message.
    const again = setInterval(() => void quiet.announcements.publish(key, bytes), 500)
    try {
      await until(bo.sync, token, ({ refs }) => refs[0]?.oid === commit, 15_000)
    } finally {
      clearInterval(again)
      stop()
    }
  })

  test('is passed on once there is nothing newer, and not when it is old', async () => {
    const ana = await party.member({ name: 'Ana' })
    const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
    const digest = digestOf(token)
    const validate = createValidator({
      find: (key) => ana.sync.digestOf(key),
      highestSeen: (...writer) => ana.sync.highestSeen(...writer),
    })
    const judged = async (envelope: Uint8Array | undefined) => {
      const bytes = await encodeNewCommit(digest, envelope ?? new Uint8Array(0), { listed: false })
      return validate({ topic: 'refs', bytes, author: 'somebody' })
    }
    const old = (await honest(ana, token)).headers[0]?.envelope
    expect(await judged(old)).toBe('accept')
    await ana.sync.rename('Anna')
    expect(await judged((await honest(ana, token)).headers[0]?.envelope)).toBe('accept')
    expect(await judged(old)).toBe('ignore')
  })

  test('shows neither the id nor the header to who has only the discovery key', async () => {
    const ana = await party.member({ name: 'Ana' })
    const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
    const digest = digestOf(token)
    const { headers } = await honest(ana, token)
    const envelope = headers[0]?.envelope ?? new Uint8Array(0)
    const bytes = Buffer.from(await encodeNewCommit(digest, envelope, { listed: false }))
    expect(decodeNewCommit(bytes).body.kind).toBe('sealed')
    expect(bytes.includes(Buffer.from(digest))).toBe(false)
    expect(bytes.includes(Buffer.from(envelope.subarray(0, 32)))).toBe(false)
  })
})
