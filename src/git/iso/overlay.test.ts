import git from 'isomorphic-git'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GitObjects } from '../../../playwright/fixtures/git-objects.ts'
import { git as stock } from '../../../playwright/fixtures/git.ts'
import { makeRepository } from '../../../playwright/fixtures/make-repository.ts'
import { storedZlib } from './stored-zlib.ts'
import type { OverlayBase } from './overlay-fs.ts'
import { withRepository } from './with-repository.ts'

const author = { name: 'Ana', email: 'ana@example.org', timestamp: 1_700_000_000, timezoneOffset: -60 }
let dir = ''
let objects: GitObjects
let base: OverlayBase

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'iso-'))
  await makeRepository(dir, { commits: 60, seed: 11, bare: true, big: false })
  objects = new GitObjects(dir)
  const refs = lines(['for-each-ref', '--format=%(objectname) %(refname)']).map((line) => {
    const [oid = '', name = ''] = line.split(' ')
    return { name, oid }
  })
  const all = lines(['cat-file', '--batch-all-objects', '--batch-check=%(objectname)'])
  const expand = async (prefix: string): Promise<string[]> => all.filter((oid) => oid.startsWith(prefix))
  base = { objects, refs, head: 'refs/heads/main', expand }
})

afterAll(() => {
  objects.close()
  rmSync(dir, { recursive: true })
})

function lines(args: string[]): string[] {
  return stock(dir, args).split('\n')
}

describe('storedZlib', () => {
  it('inflates to what went in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.integer({ min: 0, max: 140_000 }), (head, size) => {
        const body = new Uint8Array(size).fill(7)
        expect(inflateSync(storedZlib([head, body])).equals(Buffer.concat([head, body]))).toBe(true)
      }),
      { numRuns: 50 },
    )
  })
})

describe('withRepository', () => {
  it('shows refs and history to isomorphic-git', async () => {
    const { result, changes } = await withRepository(base, async (repository) => ({
      branch: await git.currentBranch({ ...repository, fullname: true }),
      branches: await git.listBranches(repository),
      tags: await git.listTags(repository),
      log: (await git.log({ ...repository, ref: 'main' })).map(({ oid }) => oid),
      tag: await git.resolveRef({ ...repository, ref: 'latest' }),
    }))
    expect(result.branch).toBe('refs/heads/main')
    expect(result.branches.sort()).toEqual(lines(['for-each-ref', '--format=%(refname:short)', 'refs/heads']))
    expect(result.tags.sort()).toEqual(lines(['tag']))
    expect([...result.log].sort()).toEqual(lines(['rev-list', 'main']).sort())
    expect(result.tag).toBe(stock(dir, ['rev-parse', 'latest']))
    expect(changes).toEqual({ objects: [], refs: [] })
  })

  it('walks trees and reads blobs', async () => {
    const { result } = await withRepository(base, async (repository) => {
      const found: string[] = []
      const map = async (path: string, [entry]: Array<{ oid(): Promise<string>; type(): Promise<string> } | null>) => {
        if (entry != null && (await entry.type()) === 'blob') found.push(`${await entry.oid()} ${path}`)
        return true
      }
      await git.walk({ ...repository, trees: [git.TREE({ ref: 'main' })], map })
      return found
    })
    const expected = lines(['-c', 'core.quotePath=false', 'ls-tree', '-r', '--format=%(objectname) %(path)', 'main'])
    const plain = (path: string): boolean => !path.includes('"') && !path.includes('\ufffd')
    expect(result.filter(plain).sort()).toEqual(expected.filter(plain).sort())
  })

  it('expands abbreviated ids', async () => {
    const oid = stock(dir, ['rev-parse', 'main'])
    const { result } = await withRepository(base, (repository) =>
      git.expandOid({ ...repository, oid: oid.slice(0, 9) }),
    )
    expect(result).toBe(oid)
  })

  it('keeps commits, branches and tags in memory, where stock git takes them from', async () => {
    const { result, changes } = await withRepository(base, async (repository) => {
      const blob = await git.writeBlob({ ...repository, blob: new TextEncoder().encode('hello\n') })
      const tree = await git.writeTree({
        ...repository,
        tree: [{ mode: '100644', path: 'a', oid: blob, type: 'blob' }],
      })
      const commit = await git.commit({ ...repository, ref: 'refs/heads/main', tree, message: 'Add a', author })
      await git.branch({ ...repository, ref: 'side', object: commit })
      await git.tag({ ...repository, ref: 'mark' })
      await git.deleteBranch({ ...repository, ref: 'pages' })
      expect((await git.log({ ...repository, ref: 'side', depth: 2 })).map(({ oid }) => oid)[0]).toBe(commit)
      return commit
    })
    for (const { oid, object } of changes.objects)
      expect(stock(dir, ['hash-object', '-w', '-t', object.type, '--stdin'], { input: object.bytes })).toBe(oid)
    expect(changes.refs.sort((a, b) => a.name.localeCompare(b.name))).toEqual([
      { name: 'refs/heads/main', oid: result },
      { name: 'refs/heads/pages', oid: null },
      { name: 'refs/heads/side', oid: result },
      { name: 'refs/tags/mark', oid: result },
    ])
    expect(stock(dir, ['log', '-1', '--format=%s|%an|%ad|%P', '--date=raw', result])).toBe(
      `Add a|Ana|1700000000 +0100|${stock(dir, ['rev-parse', 'main'])}`,
    )
    expect(stock(dir, ['fsck', '--strict', result])).not.toMatch(/error|missing/)
  })

  it('starts anew each time', async () => {
    await withRepository(base, (repository) => git.branch({ ...repository, ref: 'once' }))
    const { result } = await withRepository(base, (repository) => git.listBranches(repository))
    expect(result).not.toContain('once')
  })

  it('passes on what the base cannot say, instead of calling it absent', async () => {
    const failing = { ...objects, read: () => Promise.reject(new Error('disk on fire')) } as unknown as GitObjects
    const reading = withRepository({ ...base, objects: failing }, (repository) =>
      git.log({ ...repository, ref: 'main' }),
    )
    await expect(reading).rejects.toThrow('disk on fire')
    const oid = 'f'.repeat(40)
    await expect(withRepository(base, (repository) => git.readBlob({ ...repository, oid }))).rejects.toMatchObject({
      code: 'NotFoundError',
    })
  })
})
