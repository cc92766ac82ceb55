import { randomBytes } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDiskGitStore } from '../src/git/node.ts'
import { createIdentity } from '../src/peer/index.ts'
import { createNodePeer, fileKeyStorage, loadPeerKey } from '../src/peer/node.ts'
import { claimMaintainer, createRelayValidator, createRepoSync } from '../src/sync/index.ts'
import type { RepositoryLink } from '../src/sync/index.ts'
import { parseConfig } from './config/config.ts'
import type { PageConfig } from './http/handler.ts'
import { startRelay, type Relay } from './relay.ts'
import { TestGit } from './testing.ts'

let folder: string
let data: string
let source: TestGit
let umask: number
const undo: Array<() => Promise<void>> = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guts-data-'))
  data = join(folder, 'data')
  source = TestGit.init(join(folder, 'code'))
  // Everything that is made without a mode is everybody's.
  umask = process.umask(0)
  mkdirSync(data)
})
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
  process.umask(umask)
  rmSync(folder, { recursive: true })
})

interface Shared {
  relay: Relay
  link: RepositoryLink
  code: string
}

/** The relay shares `source`, and has a sample of it too. */
async function share(): Promise<Shared> {
  const config = parseConfig(['--port', '0', '--data', data, '--share', source.path], {})
  if (config === null) throw new Error('It asked for help.')
  const shared = Promise.withResolvers<Omit<Shared, 'relay'>>()
  const relay = await startRelay({
    config,
    root: source.path,
    events: {
      onShared: (_, link, code) => shared.resolve({ link, code }),
      onEmpty: () => undefined,
      onIncoming: () => undefined,
      onTrouble: (_, error) => (error === null ? undefined : shared.reject(error)),
    },
  })
  undo.push(() => relay.stop())
  return { relay, ...(await shared.promise) }
}

/** A browser that became a maintainer commits to the copy. */
async function commitFromElsewhere({ relay, link, code }: Shared): Promise<string> {
  const { relays } = (await (await fetch(new URL('/config.json', relay.url))).json()) as PageConfig
  const peer = await createNodePeer({
    key: await loadPeerKey(fileKeyStorage(join(folder, 'visitor')), 0),
    identity: await createIdentity('Ana'),
    relayServer: false,
    relays,
    capabilities: ['sync/1', 'chunks/1', 'snapshot/1'],
    validateAnnouncement: createRelayValidator(),
  })
  await peer.start()
  undo.push(() => peer.stop())
  const store = await openDiskGitStore(join(folder, 'visitor', 'git'))
  undo.push(() => store.close())
  const sync = createRepoSync({ store, peer, writer: crypto.getRandomValues(new Uint8Array(16)) })
  await sync.start()
  undo.push(() => sync.stop())
  await sync.open(link)
  await expect.poll(() => sync.repository(link.token)?.status.kind, { timeout: 20_000 }).toBe('ready')
  await claimMaintainer(peer, link.token, code, relay.peer.peerId.toString())
  await expect.poll(() => sync.repository(link.token)?.maintainer, { timeout: 5_000 }).toBe(true)
  const { commit } = await sync.commit(link.token, {
    ref: 'refs/heads/main',
    parent: source.run('rev-parse', 'main'),
    changes: [{ path: 'README.md', content: new TextEncoder().encode('# Hello\n') }],
    author: { name: 'Ana', email: 'ana@example.org', time: 1_700_000_000, offset: 0 },
    message: 'Say hello\n',
  })
  return commit
}

/** Everything below the data directory that somebody else could read, list or enter. */
function open(directory = data): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name)
    const below = entry.isDirectory() ? open(path) : []
    return (lstatSync(path).mode & 0o077) === 0 ? below : [relative(data, path), ...below]
  })
}

it('is closed to others, whatever the umask and its own mode are: keys, packs, loose objects, refs, list', async () => {
  source.commit('big.bin', randomBytes(1_500_000).toString('hex'))
  const shared = await share()
  const copy = new TestGit(join(data, 'git', 'repositories', `${shared.link.token}.git`))
  source.commit('file', 'one\n')
  await expect.poll(() => copy.refs(), { timeout: 10_000 }).toEqual(source.refs())
  const commit = await commitFromElsewhere(shared)
  await expect.poll(() => copy.refs()['refs/heads/main'], { timeout: 10_000 }).toBe(commit)
  expect(readdirSync(data).sort()).toEqual(['git', 'keys', 'sample.bundle', 'shares.json'])
  expect(readdirSync(join(copy.path, 'objects')).length).toBeGreaterThan(2)
  expect(open()).toEqual([])
  // It was there before: how far it is open is for whoever made it.
  expect(lstatSync(data).mode & 0o777).toBe(0o777)
})

it('is closed to others where an older version left it open', async () => {
  source.commit('file', 'one\n')
  const { relay } = await share()
  await relay.stop()
  for (const name of ['git', 'git/repositories', 'git/staging', 'keys']) chmodSync(join(data, name), 0o755)
  for (const name of ['shares.json', 'sample.bundle']) chmodSync(join(data, name), 0o644)
  await share()
  expect(open()).toEqual([])
})
