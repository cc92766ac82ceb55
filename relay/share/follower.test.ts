import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { GitStore } from '../../src/git/index.ts'
import type { RepoSync } from '../../src/sync/index.ts'
import { inspectSource } from '../git/inspect.ts'
import { TestGit } from '../testing.ts'
import { Follower } from './follower.ts'
import { ShareList } from './share-list.ts'

const TOKEN = 'a'.repeat(43)

let folder: string
let source: TestGit
let copy: Copy
let follower: Follower
let ready: string[]
let troubles: Array<string | null>

/** The store and RepoSync as far as following uses them, over a bare repository of stock git, which checks every pack. */
class Copy {
  readonly git: TestGit
  /** Bytes of each pack that came. */
  readonly packs: number[] = []
  conflicts = 0
  #created = false
  readonly #writers = new Map<string, { child: ReturnType<typeof spawn>; closed: Promise<unknown[]>; bytes: number }>()

  constructor(path: string) {
    this.git = TestGit.init(path, '--bare')
  }

  readonly store = {
    has: async (_: string, oids: string[]) =>
      this.git
        .input(`${oids.join('\n')}\n`, 'cat-file', '--batch-check')
        .split('\n')
        .map((line) => !line.endsWith(' missing')),
    openPackWriter: async () => {
      const id = String(this.#writers.size)
      const child = spawn('git', ['index-pack', '--stdin', '--fix-thin', '--strict'], {
        cwd: this.git.path,
        stdio: ['pipe', 'ignore', 'inherit'],
      })
      // It ends by itself after the pack's trailer, before it is told that there is no more.
      this.#writers.set(id, { child, closed: once(child, 'close'), bytes: 0 })
      return id
    },
    writePack: async (id: string, bytes: Uint8Array) => {
      const writer = this.#writers.get(id)!
      writer.bytes += bytes.byteLength
      if (writer.child.stdin?.write(bytes) === false) await once(writer.child.stdin, 'drain')
    },
    finishPack: async (id: string) => {
      const { child, closed, bytes } = this.#writers.get(id)!
      child.stdin?.end()
      const [code] = await closed
      if (code !== 0) throw new Error('The pack is damaged.')
      this.packs.push(bytes)
      return { staging: `staged-${id}` }
    },
    discard: async (id: string) => void this.#writers.get(id)?.child.kill(),
  } as unknown as GitStore

  readonly sync: Pick<RepoSync, 'create' | 'publish' | 'repository' | 'on'> = {
    on: () => () => undefined,
    repository: () => {
      if (!this.#created) return undefined
      return { generation: 0, refs: [], divergences: [] } as unknown as ReturnType<RepoSync['repository']>
    },
    create: async (given) => {
      if (given.kind !== 'bundle') throw new TypeError('Only bundles come here.')
      const path = join(folder, 'created.bundle')
      writeFileSync(path, new Uint8Array(await given.file.arrayBuffer()))
      this.git.run('fetch', '-q', path, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*')
      this.#created = true
      return { token: TOKEN, warnings: [] }
    },
    publish: async (_, { refs, head }) => {
      if (this.conflicts-- > 0) throw Object.assign(new Error('It moved.'), { name: 'TransactionConflictError' })
      for (const { name, oid } of refs) this.git.run('update-ref', ...(oid === null ? ['-d', name] : [name, oid]))
      if (head != null) this.git.run('symbolic-ref', 'HEAD', head)
      this.git.run('fsck', '--full', '--strict')
    },
  }
}

async function follow(path = source.path) {
  follower = new Follower({
    source: await inspectSource(path),
    store: copy.store,
    sync: copy.sync,
    list: await ShareList.load(folder),
    data: folder,
    onReady: (token) => ready.push(token),
    onTrouble: (error) => troubles.push(error?.message ?? null),
    onIncoming: () => undefined,
  })
  await follower.start()
}

const same = (timeout = 1_000) => expect.poll(() => copy.git.refs(), { timeout, interval: 20 }).toEqual(source.refs())

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guts-follow-'))
  source = TestGit.init(join(folder, 'code'))
  copy = new Copy(join(folder, 'copy.git'))
  ready = []
  troubles = []
})
afterEach(async () => {
  await follower.stop()
  rmSync(folder, { recursive: true })
})

describe('Follower', () => {
  it('copies branches and tags alone, and follows within a second', async () => {
    source.commit('a', 'a'.repeat(100_000))
    const secret = source.run('commit-tree', '-m', 'secret', 'HEAD^{tree}')
    source.run('update-ref', 'refs/stash', secret)
    source.run('tag', '-a', '-m', 'one', 'v1')
    await follow()
    expect(copy.git.refs()).toEqual(source.refs())
    expect(ready).toEqual([TOKEN])
    source.commit('a', `${'a'.repeat(100_000)}b`)
    await same()
    source.run('tag', 'light')
    source.run('tag', '-a', '-m', 'two', 'v2')
    await same()
    expect(() => copy.git.run('cat-file', '-e', secret)).toThrow()
    expect(copy.git.run('rev-list', '--objects', '--branches', '--tags')).toBe(
      source.run('rev-list', '--objects', '--branches', '--tags'),
    )
    // Thin: a change of one byte does not bring the file again.
    expect(Math.max(...copy.packs)).toBeLessThan(2_000)
    expect(troubles).toEqual([])
  })

  it('follows new branches in folders, force-pushes, deletions, packed refs and HEAD', async () => {
    source.commit('a', '1')
    const base = source.run('rev-parse', 'HEAD')
    source.commit('a', '2')
    await follow()
    source.run('checkout', '-q', '-b', 'topic/deep/one', base)
    source.commit('b', '1')
    await same()
    await expect.poll(() => copy.git.run('symbolic-ref', 'HEAD')).toBe('refs/heads/topic/deep/one')
    source.run('checkout', '-q', 'main')
    source.run('reset', '-q', '--hard', base)
    source.commit('c', 'other')
    source.run('branch', '-D', '-q', 'topic/deep/one')
    await same()
    source.run('pack-refs', '--all')
    source.commit('c', 'more')
    source.run('branch', '-q', 'topic')
    await same()
    source.run('reflog', 'expire', '--expire=now', '--all')
    source.run('gc', '-q', '--prune=now')
    source.commit('c', 'after gc')
    await same()
    expect(copy.git.refs()).toEqual(source.refs())
  })

  it('begins an empty repository with its first commit', async () => {
    await follow()
    expect(ready).toEqual([])
    source.commit('a', 'a')
    await expect.poll(() => ready).toEqual([TOKEN])
    await same()
  })

  it('goes on after a restart from where it was, and leaves the copy’s own branches alone', async () => {
    source.commit('a', 'a')
    await follow()
    await follower.stop()
    source.commit('a', 'b')
    copy.git.run('update-ref', 'refs/heads/from-a-tab', 'main')
    await follow()
    expect(ready).toEqual([TOKEN, TOKEN])
    expect(copy.git.refs()).toEqual({ ...source.refs(), 'refs/heads/from-a-tab': source.run('rev-parse', 'main^') })
  })

  it('follows a linked work tree', async () => {
    source.commit('a', 'a')
    source.run('worktree', 'add', '-q', join(folder, 'linked'))
    await follow(join(folder, 'linked'))
    const linked = new TestGit(join(folder, 'linked'))
    linked.commit('b', 'b')
    await same()
    linked.run('checkout', '-q', '-b', 'elsewhere')
    await expect.poll(() => copy.git.run('symbolic-ref', 'HEAD')).toBe('refs/heads/elsewhere')
  })

  it('tries again when a tab was quicker', async () => {
    source.commit('a', 'a')
    await follow()
    copy.conflicts = 2
    source.commit('a', 'b')
    await same()
    expect(troubles).toEqual([])
  })

  it('tells once what is wrong, and that it goes on', async () => {
    source.commit('a', 'a')
    await follow()
    const path = join(source.path, '.git', 'objects', 'pack')
    const head = join(source.path, '.git', 'HEAD')
    const content = source.run('symbolic-ref', 'HEAD')
    writeFileSync(head, 'nonsense\n')
    await expect.poll(() => troubles.length).toBe(1)
    expect(troubles[0]).toMatch(/not a git repository/)
    writeFileSync(head, `ref: ${content}\n`)
    await expect.poll(() => troubles).toHaveLength(2)
    expect(troubles[1]).toBeNull()
    expect(readdirSync(path)).toEqual([])
  })

  it('writes nothing into the source', async () => {
    source.commit('a', 'a')
    const files = () =>
      readdirSync(source.path, { recursive: true, withFileTypes: true })
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => `${path} ${statSync(path).mtimeMs} ${statSync(path).ctimeMs}`)
        .sort()
    const before = files()
    await follow()
    await follower.stop()
    await follow()
    expect(files()).toEqual(before)
  })

  it('rejects where the copy cannot be made, and leaves nothing', async () => {
    source.commit('a', 'a')
    copy.sync.create = async () => {
      throw new Error('full')
    }
    await expect(follow()).rejects.toThrow('full')
    expect(readdirSync(folder).filter((name) => name.startsWith('import-'))).toEqual([])
  })
})
