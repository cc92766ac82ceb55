import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createMemoryPeer, type MemoryPeer } from '../peer/testing.ts'
import { digestOf, discoveryKey } from './document/index.ts'
import { fromHex } from './engine/bytes.ts'
import { MessageChannel } from './engine/message-channel.ts'
import { createAskers, type Asker } from './engine/testing/asker.ts'
import { bundleOf, git, inTemporaryFolder } from './engine/testing/git.ts'
import { createParty, isReady, until, type Member } from './engine/testing/world.ts'
import {
  createChallenge,
  encodeSyncMessage,
  Filter,
  MAX_LARGE_MESSAGE_BYTES,
  Status,
  SYNC_PROTOCOL,
  type SyncMessage,
} from './wire/index.ts'

const party = createParty()
const askers = createAskers()

afterEach(async () => {
  await party.stop()
  await askers.stop()
})

const LIMITS = { maxFrameBytes: MAX_LARGE_MESSAGE_BYTES, maxQueuedBytes: 2 ** 24 }
const AUTHOR = { name: 'Ana', email: 'ana@example.com', time: 1_700_000_000, offset: 0 }

async function newPeer(name: string): Promise<MemoryPeer> {
  const peer = await createMemoryPeer({ name })
  askers.peers.push(peer)
  return peer
}

async function commitText(member: Member, token: string, text: string): Promise<string> {
  const parent = member.sync.repository(token)?.refs[0]?.oid ?? null
  const changes = [{ path: 'plans.txt', content: new TextEncoder().encode(text) }]
  const request = { ref: 'refs/heads/main', parent, changes, author: AUTHOR, message: `Write ${text}\n` }
  return (await member.sync.commit(token, request)).commit
}

/** What of a repository must not be found in bytes that somebody without its id gets to see. */
async function secretsOf({ store }: Member, token: string): Promise<Array<[string, Buffer]>> {
  const digest = Buffer.from(digestOf(token))
  const secrets: Array<[string, Buffer]> = [
    ['digest', digest],
    ['digest in hex', Buffer.from(digest.toString('hex'))],
    ['token', Buffer.from(token)],
  ]
  const stored = await store.repository(token)
  for (const document of stored?.documents ?? []) secrets.push(['document', Buffer.from(document.subarray(0, 24))])
  for (const { name, oid } of stored?.refs ?? []) {
    secrets.push(['ref', Buffer.from(name)], ['oid', Buffer.from(fromHex(oid))], ['oid in hex', Buffer.from(oid)])
  }
  for (const { envelope, list, writer } of await store.signedRefs(token)) {
    secrets.push(['signature', Buffer.from(envelope.subarray(-32))], ['list', Buffer.from(list)])
    secrets.push(['writer', Buffer.from(writer, 'base64url')])
  }
  return secrets
}

function leaked(seen: Uint8Array[], secrets: Array<[string, Buffer]>): string[] {
  const bytes = Buffer.concat(seen)
  return secrets.filter(([, secret]) => secret.byteLength > 0 && bytes.includes(secret)).map(([name]) => name)
}

describe('who knows only the discovery key, or sees all gossip', () => {
  test('learns neither the id nor a byte of the repository, by asking, by being asked, or by listening', async () => {
    const ana = await party.member({ name: 'Ana' })
    const { token } = await ana.sync.create({ kind: 'new', name: 'secret plans', description: 'of the lake house' })
    const secrets = await secretsOf(ana, token)
    const key = await discoveryKey(digestOf(token))
    const eve = await newPeer('Eve')
    const seen: Record<'asked' | 'answered' | 'heard', Uint8Array[]> = { asked: [], answered: [], heard: [] }

    // She says that she has it too, and takes down what she is asked.
    await eve.handle(SYNC_PROTOCOL, async (stream) => {
      const channel = new MessageChannel(stream, LIMITS)
      await channel.write({ challenge: createChallenge() })
      for (let message = await channel.read(); message != null; message = await channel.read()) {
        seen.asked.push(encodeSyncMessage(message))
        if (message.open != null) await channel.write({ opened: { proof: new Uint8Array(randomBytes(32)) } })
      }
    })
    eve.setInterests([key])
    const unfollow = eve.announcements.follow(key)
    const silence = eve.announcements.on(({ bytes }) => seen.heard.push(bytes))
    await eve.dial(ana.peer)
    await expect.poll(() => seen.asked.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(1)

    const asker = await askers.open(ana, randomBytes(32), { key })
    const first = await asker.read()
    expect(first?.opened != null && asker.opening.verify(first.opened)).toBe(false)
    for (const message of [first, ...(await asker.everything(new Uint8Array(32), new Uint8Array(20)))]) {
      if (message != null) seen.answered.push(encodeSyncMessage(message))
    }
    expect(seen.answered).toHaveLength(6)

    // The mesh forms with gossipsub's heartbeat: she misses the first commits.
    let commits = 0
    await expect
      .poll(
        async () => {
          secrets.push(['oid', Buffer.from(fromHex(await commitText(ana, token, `version ${commits++}`)))])
          secrets.push(...(await secretsOf(ana, token)))
          return seen.heard.length
        },
        { timeout: 20_000, interval: 500 },
      )
      .toBeGreaterThan(0)
    unfollow()
    silence()

    for (const bytes of Object.values(seen)) expect(leaked(bytes, secrets)).toEqual([])
    // She does see the discovery key: what is looked for would be found.
    expect(leaked(seen.asked, [['key', Buffer.from(key)]])).toEqual(['key'])
    expect(leaked(seen.heard, [['key', Buffer.from(key)]])).toEqual(['key'])
  })
})

describe('one between two honest peers', () => {
  test('cannot pass the proof on, whichever way, and sees nothing of what they would say', async () => {
    const [ana, bo] = await Promise.all([party.member({ name: 'Ana' }), party.member({ name: 'Bo' })])
    const { token } = await ana.sync.create({ kind: 'new', name: 'secret plans', description: '' })
    const key = await discoveryKey(digestOf(token))
    const middle = await newPeer('Middle')
    const seen: Uint8Array[] = []
    const proofs: Array<Pick<SyncMessage, 'opened' | 'failure'>> = []

    // Whoever opens a stream to Middle is connected, byte for byte, with the other one.
    await middle.handle(SYNC_PROTOCOL, async (stream, connection) => {
      const fromBo = connection.remotePeer.equals(bo.peer.peerId)
      const other = (fromBo ? ana : bo).peer.peerId.toString()
      const there = await middle.openStream(other, SYNC_PROTOCOL, { signal: AbortSignal.timeout(10_000) })
      const [asking, answering] = [new MessageChannel(stream, LIMITS), new MessageChannel(there.stream, LIMITS)]
      const pass = async (from: MessageChannel, to: MessageChannel): Promise<void> => {
        for (let message = await from.read(); message != null; message = await from.read()) {
          seen.push(encodeSyncMessage(message))
          if (message.opened != null || message.failure != null) proofs.push(message)
          await to.write(message)
        }
      }
      await Promise.race([pass(asking, answering), pass(answering, asking)])
    })
    middle.setInterests([key])
    await middle.dial(ana.peer)
    await middle.dial(bo.peer)
    await bo.sync.open({ token })
    // Bo asks Ana through Middle, Ana asks Bo.
    await expect
      .poll(() => proofs.filter(({ opened }) => opened != null).length, { timeout: 10_000 })
      .toBeGreaterThanOrEqual(2)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(bo.sync.repository(token)?.document).toBeNull()
    expect(bo.sync.repository(token)?.holders).toEqual([])
    expect(ana.sync.repository(token)?.holders).toEqual([])
    expect(seen.length).toBeGreaterThanOrEqual(4)
    expect(leaked(seen, await secretsOf(ana, token))).toEqual([])
    expect(proofs.flatMap(({ failure }) => failure?.status ?? []).every((status) => status === Status.NOT_HELD)).toBe(
      true,
    )

    // Without Middle it works.
    await bo.peer.dial(ana.peer)
    await until(bo.sync, token, isReady)
  })
})

describe('an object that a force-push removed', () => {
  test('cannot be got by any request, nor as the base of a delta, nor from a bundle', async () => {
    await inTemporaryFolder(async (folder) => {
      const source = await sourceWithSecret(folder)
      const ana = await party.member({ name: 'Ana' })
      const { token } = await ana.sync.create({ kind: 'bundle', file: source.bundle, name: 'plans' })
      let requests = await Requests.open(ana, token)

      // Before: all of it is given, the secret too. What is asked for is right.
      expect((await requests.objects([source.secret.commit], [], Filter.CLOSURE)).status).toBe(Status.OK)
      const refs = [{ name: 'refs/heads/main', oid: source.clean.commit }]
      await ana.sync.publish(token, { refs, admit: [] })

      const absent = '1234'.repeat(10)
      const filters = [Filter.CLOSURE, Filter.OBJECTS, Filter.SNAPSHOT]
      for (const filter of filters) {
        const nothing = await requests.objects([absent], [], filter)
        for (const oid of Object.values(source.secret)) {
          // The same as for what was never here, alone and beside what is shared.
          expect(await requests.objects([oid], [], filter)).toEqual(nothing)
          expect(await requests.objects([source.clean.commit, oid], [], filter)).toEqual(nothing)
        }
        expect(nothing).toEqual({ status: Status.NOT_SERVED, pack: Buffer.alloc(0) })
      }

      // Another peer: one alone may not ask so much at once.
      requests = await Requests.open(ana, token)
      // What is shared comes whole where its stored delta is against the secret, though the asker names that as held.
      const haves = [[], [source.first], Object.values(source.secret), [source.first, ...Object.values(source.secret)]]
      for (const thin of [false, true]) {
        for (const [n, have] of haves.entries()) {
          const { status, pack } = await requests.objects([source.clean.commit], have, Filter.CLOSURE, thin)
          expect(status).toBe(Status.OK)
          await expectClean(folder, source, pack, `closure ${n} ${thin}`)
        }
        const blob = await requests.objects([source.clean.blob], Object.values(source.secret), Filter.OBJECTS, thin)
        await expectClean(folder, source, blob.pack, `objects ${thin}`)
        const snapshot = await requests.objects([source.clean.commit], [], Filter.SNAPSHOT, thin)
        await expectClean(folder, source, snapshot.pack, `snapshot ${thin}`)
      }
      // That it is held does not show in what is left out either.
      const naming = await requests.objects([source.clean.commit], [source.secret.commit], Filter.CLOSURE)
      expect(naming).toEqual(await requests.objects([source.clean.commit], [], Filter.CLOSURE))

      const parts: Uint8Array[] = []
      const { reader } = await ana.store.openBundle(token)
      for (let part = await ana.store.readPack(reader, 2 ** 20); part != null;) {
        parts.push(part)
        part = await ana.store.readPack(reader, 2 ** 20)
      }
      await ana.store.closeReader(reader)
      await writeFile(join(folder, 'export.bundle'), Buffer.concat(parts))
      await git(folder, 'clone', '-q', '--mirror', 'export.bundle', 'export.git')
      await expectNoSecret(join(folder, 'export.git'), source)
    })
  })
})

/** `GetObjects` by hand, from who knows the id. */
class Requests {
  readonly #asker: Asker
  readonly #transfer: MessageChannel
  #id = 0

  private constructor(asker: Asker, transfer: MessageChannel) {
    this.#asker = asker
    this.#transfer = transfer
  }

  static async open(from: Member, token: string): Promise<Requests> {
    const asker = await askers.open(from, digestOf(token))
    expect(await asker.opened()).toBe(true)
    return new Requests(asker, await asker.openTransfer(1, from))
  }

  async objects(
    wants: string[],
    haves: string[],
    filter: Filter,
    thin = true,
  ): Promise<{ status: Status; pack: Buffer }> {
    const id = ++this.#id
    const oids = { wants: wants.map(fromHex), haves: haves.map(fromHex) }
    await this.#asker.channel.write({ getObjects: { id, transfer: 1, ...oids, filter, thin } })
    const parts: Uint8Array[] = []
    for (;;) {
      const message = await this.#transfer.read(AbortSignal.timeout(10_000))
      if (message == null) throw new Error('The transfer ended early')
      if (message.objectsPart != null) parts.push(message.objectsPart.bytes.slice())
      if (message.end != null) return { status: message.end.status, pack: Buffer.concat(parts) }
    }
  }
}

interface SecretSource {
  bundle: Blob
  /** The first commit, which both versions build on. */
  first: string
  secret: { commit: string; tree: string; blob: string }
  clean: { commit: string; blob: string }
}

/** `main` has a secret in a big file; `clean` is the same amended, stored as a delta against it. */
async function sourceWithSecret(folder: string): Promise<SecretSource> {
  await git(folder, 'init', '-q', '-b', 'main', 'source')
  const source = join(folder, 'source')
  const oid = async (name: string): Promise<string> => (await git(source, 'rev-parse', name)).trim()
  const commit = async (content: string, ...args: string[]): Promise<void> => {
    await writeFile(join(source, 'README.md'), content)
    await git(source, 'add', '-A')
    await git(source, 'commit', '-q', '-m', 'Plan', ...args)
  }
  await commit('A plan\n')
  const first = await oid('HEAD')
  const text = randomBytes(30_000).toString('base64')
  await commit(`${text}\nthe password is swordfish\n`)
  const secret = { commit: await oid('HEAD'), tree: await oid('HEAD^{tree}'), blob: await oid('HEAD:README.md') }
  await git(source, 'checkout', '-q', '-b', 'clean')
  await commit(text, '--amend')
  const clean = { commit: await oid('HEAD'), blob: await oid('HEAD:README.md') }
  const bundle = await bundleOf(source)
  await git(source, 'branch', 'first', first)
  await git(source, 'repack', '-q', '-adf')
  const bases = await git(source, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname) %(deltabase)')
  // Else there would be nothing to see.
  expect(bases).toContain(`${clean.blob} ${secret.blob}`)
  return { bundle, first, secret, clean }
}

/** Stock git reads the pack with nothing but the first commit beside it, and finds no trace of the secret. */
async function expectClean(folder: string, source: SecretSource, pack: Buffer, name: string): Promise<void> {
  const path = join(folder, name.replaceAll(' ', '-'))
  await mkdir(path)
  await git(path, 'init', '-q', '--bare', '.')
  await git(path, 'fetch', '-q', join(folder, 'source'), 'first')
  execFileSync('git', ['index-pack', '--stdin', '--fix-thin'], { cwd: path, input: pack })
  expect((await git(path, 'cat-file', '-t', source.clean.blob)).trim()).toBe('blob')
  await expectNoSecret(path, source)
}

async function expectNoSecret(path: string, source: SecretSource): Promise<void> {
  const objects = await git(path, 'cat-file', '--batch-all-objects', '--batch')
  expect(objects).not.toContain('swordfish')
  for (const oid of Object.values(source.secret)) expect(objects).not.toContain(oid)
}
