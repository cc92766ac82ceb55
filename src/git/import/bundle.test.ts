import { mkdirSync, mkdtempSync, openAsBlob, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GitObjects } from '../../../playwright/fixtures/git-objects.ts'
import * as hostile from '../../../playwright/fixtures/hostile.ts'
import { hostileRepository } from '../../../playwright/fixtures/hostile-trees.ts'
import { git, gitBytes } from '../../../playwright/fixtures/git.ts'
import { makeRepository } from '../../../playwright/fixtures/make-repository.ts'
import { judgeBundle, judgeRepository, noDifference } from '../../../playwright/fixtures/oracle.ts'
import {
  BundleError,
  BundleFormatError,
  BundlePrerequisiteError,
  EmptyBundleError,
  NotABundleError,
  PackError,
  PartialBundleError,
} from '../pack/index.ts'
import { importBundle } from './bundle.ts'
import { FileTooLargeError, ImportError, MissingSourceObjectError } from './errors.ts'
import { MemoryTarget } from './memory-target.ts'

let dir = ''
let target: MemoryTarget
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'bundle-'))
  target = new MemoryTarget()
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

async function rejection(file: string): Promise<Error> {
  const error: unknown = await importBundle(target, await openAsBlob(file)).catch((error: unknown) => error)
  expect([target.open, target.staged.size]).toEqual([0, 0])
  expect(error).toBeInstanceOf(Error)
  return error as Error
}

describe('importBundle', () => {
  it('takes a bundle of everything as it is', async () => {
    const source = await makeRepository(join(dir, 'source'), { commits: 300, seed: 9 })
    for (const version of [2, 3]) {
      const file = hostile.bundleOf(source, join(dir, `v${version}.bundle`), ['--branches', '--tags', 'HEAD'], version)
      expect(judgeBundle(file, source)).toEqual(noDifference)
      target = new MemoryTarget()
      const { refs, head, warnings, staged } = await importBundle(target, await openAsBlob(file))
      expect([head, warnings]).toEqual(['refs/heads/main', []])
      const [pack] = target.staged
      expect(
        readFileSync(file)
          .subarray(-(pack?.length ?? 0))
          .equals(pack ?? new Uint8Array()),
      ).toBe(true)
      expect(staged.bytes).toBe(pack?.length)
      const clone = join(dir, `clone${version}`)
      mkdirSync(clone)
      git(clone, ['init', '-q', '--bare', '.'])
      gitBytes(clone, ['index-pack', '--stdin', '--strict'], { input: pack ?? '' })
      for (const { name, oid } of refs) git(clone, ['update-ref', name, oid])
      expect(judgeRepository(clone, source)).toEqual(noDifference)
    }
  })

  it('leaves out what only a stash, a remote or another ref reaches', async () => {
    const { path, secrets } = hostile.secretRepository(join(dir, 'source'))
    const file = hostile.bundleOf(path, join(dir, 'all.bundle'), ['--all'])
    const { refs, warnings, staged } = await importBundle(target, await openAsBlob(file))
    expect(refs.map(({ name }) => name)).toEqual(['refs/heads/main'])
    expect(warnings.map(({ kind }) => kind).sort()).toEqual(['skipped-ref', 'skipped-ref', 'unreachable-left-out'])
    for (const secret of secrets) expect(await staged.objects.has(secret)).toBe(false)
    expect(target.staged.size).toBe(1)
  })

  it('takes one of HEAD alone as main, and says so', async () => {
    const source = hostile.detachedRepository(join(dir, 'source'))
    const file = hostile.bundleOf(source, join(dir, 'head.bundle'), ['HEAD'])
    const { refs, head, warnings } = await importBundle(target, await openAsBlob(file))
    expect(refs).toEqual([{ name: 'refs/heads/main', oid: git(source, ['rev-parse', 'HEAD']) }])
    expect([head, warnings[0]?.kind]).toEqual(['refs/heads/main', 'detached-head'])
  })

  it('takes one with prerequisites that are here', async () => {
    const { file } = hostile.bundleWithPrerequisites(dir)
    const source = join(dir, 'source')
    const objects = new GitObjects(source)
    try {
      target = new MemoryTarget(objects)
      const { refs, staged } = await importBundle(target, await openAsBlob(file))
      expect(refs).toEqual([{ name: 'refs/heads/main', oid: git(source, ['rev-parse', 'main']) }])
      // The commit, its tree and its file; the bases of a thin pack may come with them.
      expect(staged.index.count).toBeLessThan(9)
    } finally {
      objects.close()
    }
  })

  it('warns of hostile paths', async () => {
    const file = hostile.bundleOf(hostileRepository(join(dir, 'source')), join(dir, 'hostile.bundle'))
    const { warnings } = await importBundle(target, await openAsBlob(file))
    expect(warnings).toContainEqual({ kind: 'hostile-path', detail: '.git' })
  })
})

describe('importBundle rejects', () => {
  it.each([
    ['a file that is no bundle', hostile.notABundle, NotABundleError],
    ['an empty file', hostile.emptyFile, BundleError],
    ['a truncated pack', hostile.truncatedBundle, PackError],
    ['a corrupted pack', hostile.corruptedBundle, PackError],
    ['SHA-256', hostile.sha256Bundle, BundleFormatError],
    ['a filter', hostile.partialBundle, PartialBundleError],
  ])('%s', async (_, make, type) => {
    const error = await rejection(make(dir))
    expect(error).toBeInstanceOf(type)
    expect(error.message.length).toBeGreaterThan(20)
  })

  it('missing prerequisites, by name', async () => {
    const { file, needs } = hostile.bundleWithPrerequisites(dir)
    const error = await rejection(file)
    expect(error).toBeInstanceOf(BundlePrerequisiteError)
    expect(error.message).toContain(needs)
  })

  it('one made in a shallow clone', async () => {
    const file = hostile.bundleOf(hostile.shallowRepository(dir), join(dir, 'shallow.bundle'), ['--branches'])
    // git writes no prerequisite for what a shallow clone lacks: the pack just is not closed.
    expect(await rejection(file)).toBeInstanceOf(MissingSourceObjectError)
  })

  it('one without refs', async () => {
    const file = join(dir, 'none.bundle')
    writeFileSync(file, '# v2 git bundle\n\nPACK')
    expect(await rejection(file)).toBeInstanceOf(EmptyBundleError)
  })

  it('an object above 100 MiB by its path', async () => {
    const source = hostile.hugeFileRepository(join(dir, 'source'))
    const error = await rejection(hostile.bundleOf(source, join(dir, 'huge.bundle')))
    expect(error).toBeInstanceOf(FileTooLargeError)
    expect(error).toMatchObject({ path: 'huge file.bin', size: 100 * 1024 * 1024 + 1 })
  }, 60_000)

  it('every truncation and bit flip, always with an error of its own', async () => {
    const bytes = readFileSync(hostile.bundleOf(hostile.plainRepository(join(dir, 's'), 4), join(dir, 'b.bundle')))
    const damage = fc.record({ cut: fc.boolean(), at: fc.integer({ min: 0, max: bytes.length - 1 }), bit: fc.nat(7) })
    await fc.assert(
      fc.asyncProperty(damage, async ({ cut, at, bit }) => {
        const damaged = cut ? bytes.subarray(0, at) : Buffer.from(bytes)
        if (!cut) damaged[at] = (damaged[at] ?? 0) ^ (1 << bit)
        const result = await importBundle(new MemoryTarget(), new Blob([new Uint8Array(damaged)])).catch(
          (error: unknown) => error,
        )
        // A changed ref name is a ref name still; everything else is found out.
        if (result instanceof Error) {
          const known = [BundleError, PackError, ImportError].some((type) => result instanceof type)
          expect(known, String(result)).toBe(true)
        } else expect(cut).toBe(false)
      }),
      { numRuns: 150 },
    )
  })
})
