import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { GitStore } from '../../src/git/index.ts'
import { openDiskGitStore } from '../../src/git/node.ts'
import { createIdentity } from '../../src/peer/index.ts'
import { createNodePeer, fileKeyStorage, loadPeerKey } from '../../src/peer/node.ts'
import type { NodePeer } from '../../src/peer/node.ts'
import { claimMaintainer, createRelayValidator, createRepoSync } from '../../src/sync/index.ts'
import type { RepositoryLink, RepoSync } from '../../src/sync/index.ts'
import { parseConfig } from '../config/config.ts'
import type { PageConfig } from '../http/handler.ts'
import { startRelay } from '../relay.ts'
import type { Relay } from '../relay.ts'
import { TestGit } from '../testing.ts'

interface Visitor {
  name: string
  peer: NodePeer
  store: GitStore
  sync: RepoSync
}

let folder: string
let source: TestGit
let relay: Relay
let shared: Array<{ link: RepositoryLink; code: string }>
let troubles: string[]
/** What the terminal was told of commits made in tabs. */
let incoming: string[]
const visitors: Visitor[] = []

async function share(port = '0'): Promise<RepositoryLink> {
  shared = []
  troubles = []
  incoming = []
  const config = parseConfig(['--port', port, '--data', join(folder, 'data'), '--share', source.path], {})
  if (config === null) throw new Error('It asked for help.')
  await mkdir(join(folder, 'root'), { recursive: true })
  relay = await startRelay({
    config,
    root: join(folder, 'root'),
    events: {
      onShared: (_, link, code) => shared.push({ link, code }),
      onEmpty: () => undefined,
      onTrouble: (_, error) => troubles.push(error?.message ?? 'over'),
      onIncoming: (text) => incoming.push(text),
    },
  })
  await expect.poll(() => shared.length).toBe(1)
  return shared[0]!.link
}

async function visit(name: string): Promise<Visitor> {
  const config = (await (await fetch(new URL('/config.json', relay.url))).json()) as PageConfig
  const path = join(folder, name)
  const peer = await createNodePeer({
    key: await loadPeerKey(fileKeyStorage(path), 0),
    identity: await createIdentity(name),
    relayServer: false,
    relays: config.relays,
    capabilities: ['sync/1', 'chunks/1', 'snapshot/1'],
    validateAnnouncement: createRelayValidator(),
  })
  await peer.start()
  const store = await openDiskGitStore(join(path, 'git'))
  const sync = createRepoSync({ store, peer, writer: crypto.getRandomValues(new Uint8Array(16)) })
  await sync.start()
  const visitor = { name, peer, store, sync }
  visitors.push(visitor)
  return visitor
}

/** The bare repository in which a visitor keeps what it cloned: stock git judges it. */
const cloned = ({ name }: Visitor, token: string) =>
  new TestGit(join(folder, name, 'git', 'repositories', `${token}.git`))
const ready = ({ sync }: Visitor, token: string) =>
  expect.poll(() => sync.repository(token)?.status.kind, { timeout: 20_000 }).toBe('ready')

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guts-share-'))
  source = TestGit.init(join(folder, 'code'))
  for (let i = 0; i < 5; i++) source.commit(`file-${i}`, `${i}\n`.repeat(2_000))
  source.run('tag', '-a', '-m', 'one', 'v1')
  source.run('branch', 'topic', 'main~2')
})
afterEach(async () => {
  for (const { sync, peer, store } of visitors.splice(0)) {
    await sync.stop()
    await peer.stop()
    await store.close()
  }
  await relay.stop()
  await rm(folder, { recursive: true })
})

describe('--share', () => {
  it('is cloned by its link, and a commit is there within a second', async () => {
    const link = await share()
    const ana = await visit('ana')
    await ana.sync.open(link)
    await ready(ana, link.token)
    const copy = cloned(ana, link.token)
    expect(copy.refs()).toEqual(source.refs())
    copy.run('fsck', '--full', '--strict')
    for (const content of ['one', 'two', 'three']) {
      source.commit('file-0', content)
      const committed = Date.now()
      await expect.poll(() => copy.refs(), { timeout: 5_000, interval: 20 }).toEqual(source.refs())
      // Less than the 5 s after which refs are looked at anyway: it was told. How fast, the browser test reports.
      expect(Date.now() - committed).toBeLessThan(4_000)
    }
    source.run('reset', '-q', '--hard', 'main~3')
    source.commit('file-9', 'instead')
    source.run('branch', '-D', '-q', 'topic')
    await expect.poll(() => copy.refs(), { timeout: 5_000 }).toEqual(source.refs())
    expect(troubles).toEqual([])
    expect((await readdir(join(folder, 'data'))).filter((name) => name.startsWith('import-'))).toEqual([])
  })

  it('keeps its link over a restart, and what was committed meanwhile', async () => {
    const before = await share()
    await relay.stop()
    source.commit('file-0', 'meanwhile')
    const after = await share()
    expect(after.token).toBe(before.token)
    expect(after.hint).toEqual(before.hint)
    const ana = await visit('ana')
    await ana.sync.open(before)
    await ready(ana, before.token)
    expect(cloned(ana, before.token).refs()).toEqual(source.refs())
  })

  it('makes who has the code a maintainer, whose commits go to the copy and not to the source', async () => {
    const { link, ana } = await withMaintainer()
    const parent = source.run('rev-parse', 'main')
    const commit = await say(ana, link, parent, 'hello')
    const copy = new TestGit(join(folder, 'data', 'git', 'repositories', `${link.token}.git`))
    await expect.poll(() => copy.refs()['refs/heads/main'], { timeout: 5_000 }).toBe(commit)
    expect(source.run('rev-parse', 'main')).toBe(parent)
    expect(source.run('status', '--porcelain')).toBe('')
  })

  it('tells the terminal of a commit made in a tab, with the command that fetches it', async () => {
    const { link, ana } = await withMaintainer()
    const commit = await say(ana, link, source.run('rev-parse', 'main'), 'hello \x1b[2J')
    await expect.poll(() => incoming.length, { timeout: 5_000 }).toBe(1)
    expect(incoming[0]).toContain(`ana committed “hello �[2J” (${commit.slice(0, 8)}) to main`)
    runCommandOf(incoming[0])
    expect(source.run('rev-parse', 'main')).toBe(commit)
    source.commit('file-0', 'on top')
    await expect.poll(() => tipOf(ana, link), { timeout: 5_000 }).toBe(source.run('rev-parse', 'main'))
    expect(ana.sync.repository(link.token)?.divergences).toEqual([])
    expect(incoming).toHaveLength(1)
  })

  it('says that a branch has two versions, and follows the merge that git makes with the command it gives', async () => {
    const { link, ana } = await withMaintainer()
    const byAna = await say(ana, link, source.run('rev-parse', 'main'), 'hello')
    await expect.poll(() => incoming.length, { timeout: 5_000 }).toBe(1)
    source.commit('file-0', 'at the same time')
    await expect.poll(() => incoming.length, { timeout: 5_000 }).toBe(2)
    expect(incoming[1]).toContain('main has two versions now')
    await expect
      .poll(() => ana.sync.repository(link.token)?.divergences[0]?.versions.length, { timeout: 5_000 })
      .toBe(2)
    // Ana goes on with her own version.
    const again = await say(ana, link, byAna, 'hello again')
    await expect.poll(() => incoming.length, { timeout: 5_000 }).toBe(3)
    runCommandOf(incoming[2])
    const merged = source.run('rev-parse', 'main')
    expect(source.run('rev-list', '--parents', '-n', '1', 'main').split(' ')).toContain(again)
    await expect.poll(() => tipOf(ana, link), { timeout: 5_000 }).toBe(merged)
    expect(ana.sync.repository(link.token)?.divergences).toEqual([])
    cloned(ana, link.token).run('fsck', '--full', '--strict')
    expect(troubles).toEqual([])
  })

  async function withMaintainer(): Promise<{ link: RepositoryLink; ana: Visitor }> {
    const link = await share()
    const ana = await visit('ana')
    await ana.sync.open(link)
    await ready(ana, link.token)
    expect(ana.sync.mayMove(link.token, 'refs/heads/main').allowed).toBe(false)
    await claimMaintainer(ana.peer, link.token, shared[0]!.code, relay.peer.peerId.toString())
    await expect.poll(() => ana.sync.repository(link.token)?.maintainer, { timeout: 5_000 }).toBe(true)
    return { link, ana }
  }

  async function say(visitor: Visitor, { token }: RepositoryLink, parent: string, words: string): Promise<string> {
    const { commit } = await visitor.sync.commit(token, {
      ref: 'refs/heads/main',
      parent,
      changes: [{ path: 'README.md', content: new TextEncoder().encode(`# ${words}\n`) }],
      author: { name: visitor.name, email: 'ana@example.org', time: 1_700_000_000, offset: 0 },
      message: `${words}\n`,
    })
    return commit
  }

  const tipOf = ({ sync }: Visitor, { token }: RepositoryLink) =>
    sync.repository(token)?.refs.find(({ name }) => name === 'refs/heads/main')?.oid

  /** Runs what the terminal was told to run, as a shell would. */
  function runCommandOf(text: string | undefined): void {
    const command = text?.split('\n').find((line) => line.startsWith('  git '))
    if (command === undefined) throw new Error(`There is no command in: ${text}`)
    source.shell(command)
  }
})
