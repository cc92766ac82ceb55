import { generateKeyPair } from '@libp2p/crypto/keys'
import { afterEach, describe, expect, test } from 'vitest'
import { openMemoryGitStore } from '../../git/testing.ts'
import type { MemoryPeer } from '../../peer/testing.ts'
import { digestOf } from '../document/index.ts'
import { openHeader, signRefs, type OpenedHeader } from '../refs/index.ts'
import { CHUNK_BYTES } from '../wire/index.ts'
import { alteredPack, packWithoutFile, serving } from './testing/crafted-pack.ts'
import { bundleOf, git, inTemporaryFolder, makeSource, verdict, verdictOnStore } from './testing/git.ts'
import { overriding } from './testing/overriding.ts'
import { createPuppets, honest } from './testing/puppet.ts'
import { createParty, isReady, until, type Member } from './testing/world.ts'
import type { GitStore, ObjectsRequest } from '../../git/index.ts'
import type { ServedRefs } from './server/served.ts'

const party = createParty()
const puppets = createPuppets()

afterEach(async () => {
  await party.stop()
  await puppets.stop()
})

async function headerOf(member: Member, token: string): Promise<OpenedHeader> {
  const [row] = await member.store.signedRefs(token)
  return openHeader(row?.envelope ?? new Uint8Array(0))
}

function deniedReason(member: Member, peer: MemoryPeer): string | undefined {
  return member.peer.peers.denied().find(({ id }) => id === peer.peerId.toString())?.reason
}

/** Flips a bit of the packs that answer `filter`. */
function damaging(store: GitStore, filter: ObjectsRequest['filter']): Partial<GitStore> {
  const readers = new Set<string>()
  return {
    openObjects: async (id, request, options) => {
      const pack = await store.openObjects(id, request, options)
      if (request.filter === filter) readers.add(pack.reader)
      return pack
    },
    readPack: async (reader, maxBytes) => {
      const bytes = await store.readPack(reader, maxBytes)
      const at = (bytes?.byteLength ?? 0) >> 1
      if (bytes != null && readers.has(reader)) bytes[at] = (bytes[at] ?? 0) ^ 1
      return bytes
    },
  }
}

async function untilDenied(member: Member, peer: MemoryPeer): Promise<string> {
  const known = deniedReason(member, peer)
  if (known != null) return known
  return new Promise((resolve) => {
    const stop = member.peer.peers.on('peer:denied', ({ id, reason }) => {
      if (id !== peer.peerId.toString()) return
      stop()
      resolve(reason)
    })
  })
}

describe('a holder that lies about bytes', () => {
  /** Ana serves honestly, Mallory the same but for `methods`; Bo meets Mallory first, then Ana. */
  async function against(
    methods: (store: GitStore, token: string, source: string) => Partial<GitStore> | Promise<Partial<GitStore>>,
    reason: string,
  ): Promise<void> {
    await inTemporaryFolder(async (folder) => {
      const path = await makeSource(folder, { commits: 6, randomBytes: 300_000 })
      const ana = await party.member()
      const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(path), name: 'source' })
      const refs = await honest(ana, token)
      const mallory = await puppets.holder(
        token,
        overriding(ana.store, await methods(ana.store, token, path)),
        () => refs,
      )
      const bo = await party.member()
      await bo.peer.dial(mallory)
      await bo.sync.open({ token })
      expect(await untilDenied(bo, mallory)).toBe(reason)
      expect(bo.sync.repository(token)?.refs).toEqual([])
      await bo.peer.dial(ana.peer)
      await until(bo.sync, token, isReady)
      expect(await verdictOnStore(bo.store, token)).toEqual(await verdict(path))
    })
  }

  test('a flipped bit in a chunk', async () => {
    await against(
      (store) => ({
        chunk: async (id, packId, index) => {
          const bytes = await store.chunk(id, packId, index)
          if (index === 3) bytes[1000] = (bytes[1000] ?? 0) ^ 1
          return bytes
        },
      }),
      'a chunk that does not match its hash',
    )
  })

  test('a manifest that is another', async () => {
    await against(
      (store) => ({
        manifest: async (id, packId) => {
          const bytes = await store.manifest(id, packId)
          bytes[bytes.byteLength - 1] = (bytes[bytes.byteLength - 1] ?? 0) ^ 1
          return bytes
        },
      }),
      'a manifest that is not the one it names',
    )
  })

  test('an inventory with a size that is not so', async () => {
    await against(
      (store) => ({
        inventory: async (id) => (await store.inventory(id)).map((entry) => ({ ...entry, size: entry.size - 1 })),
      }),
      'an inventory that its manifest contradicts',
    )
  })

  const NOT_THE_PACK = 'a pack that is not what it says'

  test('a manifest with another place for the first object of a chunk', async () => {
    await against(async (store, token) => {
      const moved = await alteredPack(store, token, ({ firstEntries }) => {
        const at = firstEntries.findIndex((offset, n) => n > 0 && offset > 0 && offset < CHUNK_BYTES)
        firstEntries[at] = (firstEntries[at] ?? 0) - 1
      })
      return serving(moved)
    }, NOT_THE_PACK)
  })

  test('a pack that is cut off, though its manifest says so', async () => {
    await against(async (store, token) => {
      const short = await alteredPack(store, token, (_, chunks) => {
        chunks.pop()
      })
      return serving(short)
    }, NOT_THE_PACK)
  })

  test('a pack that lacks a file', async () => {
    await against(async (_store, _token, source) => serving(await packWithoutFile(source, 'README.md')), NOT_THE_PACK)
  })

  test('a history that is not the one that was asked for', async () => {
    await against(async (store, _token, source) => {
      const older = (await git(source, 'rev-parse', 'main~1')).trim()
      return {
        inventory: async () => [],
        openObjects: async (id, request, options) => {
          return await store.openObjects(
            id,
            request.filter === 'closure' ? { ...request, wants: [older] } : request,
            options,
          )
        },
      }
    }, NOT_THE_PACK)
  })

  test('a tail that is no pack', async () => {
    await against((store) => ({ inventory: async () => [], ...damaging(store, 'closure') }), NOT_THE_PACK)
  })

  test('a snapshot that is no pack', async () => {
    await against((store) => damaging(store, 'snapshot'), 'objects that are not what was asked for')
  })
})

describe('a holder that lies about refs', () => {
  async function victim(): Promise<{ ana: Member; bo: Member; token: string; refs: ServedRefs }> {
    const [ana, bo] = await Promise.all([party.member({ name: 'Ana' }), party.member({ name: 'Bo' })])
    const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
    return { ana, bo, token, refs: await honest(ana, token) }
  }

  test('a forged signature is refused, and its sender blocked', async () => {
    const { ana, bo, token, refs } = await victim()
    const forged = refs.headers.map(({ envelope, ...rest }) => {
      const bytes = Uint8Array.from(envelope)
      // The last bytes of an envelope are its signature.
      bytes[bytes.byteLength - 5] = (bytes[bytes.byteLength - 5] ?? 0) ^ 1
      return { ...rest, envelope: bytes }
    })
    const mallory = await puppets.holder(token, ana.store, () => ({ ...refs, headers: forged }))
    await bo.peer.dial(mallory)
    await bo.sync.open({ token })
    expect(await untilDenied(bo, mallory)).toBe('a state whose signature does not hold')
    expect(await bo.store.signedRefs(token)).toEqual([])
  })

  test('branches that the header does not hash are refused, and their sender blocked', async () => {
    const { ana, bo, token, refs } = await victim()
    const other = refs.headers.map((header) => ({ ...header, list: new TextEncoder().encode('') }))
    const mallory = await puppets.holder(token, ana.store, () => ({ ...refs, headers: other }))
    await bo.peer.dial(mallory)
    await bo.sync.open({ token })
    expect(await untilDenied(bo, mallory)).toBe('branches that are not the signed ones')
  })

  test('refs of somebody who is no maintainer change nothing', async () => {
    const { ana, bo, token, refs } = await victim()
    const header = await headerOf(ana, token)
    const [own] = await ana.store.signedRefs(token)
    const signed = await signRefs(
      {
        repository: digestOf(token),
        document: header.document,
        writer: new Uint8Array(16),
        sequence: Date.now(),
        previous: new Uint8Array(0),
        name: 'Mallory',
        refs: [{ name: 'refs/heads/evil', oid: own?.refs[0]?.oid ?? '', replaces: [] }],
        head: null,
      },
      await generateKeyPair('Ed25519'),
    )
    const { envelope, hash } = signed.header
    const headers = [...refs.headers, { envelope, hash, list: signed.list }]
    const mallory = await puppets.holder(token, ana.store, () => ({ ...refs, headers }))
    await bo.peer.dial(mallory)
    await bo.sync.open({ token })
    const state = await until(bo.sync, token, isReady)
    expect(state.refs.map(({ name }) => name)).toEqual(['refs/heads/main'])
    expect(await bo.store.signedRefs(token)).toHaveLength(1)
  })

  test('an older state played back moves nothing, and a link from later says so', async () => {
    const { ana, bo, token, refs } = await victim()
    const parent = ana.sync.repository(token)?.refs[0]?.oid ?? null
    const author = { name: 'Ana', email: 'ana@example.com', time: 1_700_000_000, offset: 0 }
    const changes = [{ path: 'a', content: new Uint8Array(1) }]
    const request = { ref: 'refs/heads/main', parent, changes, author, message: 'Later\n' }
    const { commit } = await ana.sync.commit(token, request)
    const mallory = await puppets.holder(token, ana.store, () => refs)
    await bo.peer.dial(mallory)
    await bo.sync.open(ana.sync.link(token))
    const old = await until(bo.sync, token, isReady)
    expect(old.stale).toBe(true)
    expect(old.refs[0]?.oid).toBe(parent)
    await bo.peer.dial(ana.peer)
    await until(bo.sync, token, ({ refs: now }) => now[0]?.oid === commit)
    // Mallory is heard again, with the same old state.
    await bo.peer.hangUp(mallory)
    await bo.peer.dial(mallory)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(bo.sync.repository(token)?.refs[0]?.oid).toBe(commit)
    expect(bo.sync.repository(token)?.stale).toBe(false)
  })

  test('two states with one sequence are both kept, shown, and neither followed', async () => {
    const { ana, bo, token, refs } = await victim()
    await bo.peer.dial(ana.peer)
    await bo.sync.open(ana.sync.link(token))
    const before = await until(bo.sync, token, isReady)
    const header = await headerOf(ana, token)
    const tip = before.refs[0]?.oid ?? ''
    const twin = await signRefs(
      {
        repository: digestOf(token),
        document: header.document,
        writer: Uint8Array.from(atob(header.writer.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0)),
        sequence: header.sequence,
        previous: header.previous,
        name: 'Ana',
        refs: [{ name: 'refs/heads/other', oid: tip, replaces: [] }],
        head: null,
      },
      ana.peer.identity.key,
    )
    const { envelope, hash } = twin.header
    const headers = [{ envelope, hash, list: twin.list }]
    const mallory = await puppets.holder(token, await openMemoryGitStore(), () => ({ ...refs, headers }))
    await bo.peer.dial(mallory)
    const state = await until(bo.sync, token, ({ equivocations }) => equivocations.length > 0)
    expect(state.equivocations).toEqual([ana.peer.identity.id])
    expect(state.refs).toEqual(before.refs)
  })
})
