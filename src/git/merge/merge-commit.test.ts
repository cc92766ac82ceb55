import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CommitPathError, FileTooLargeError } from '../import/errors.ts'
import { MemoryTarget } from '../import/memory-target.ts'
import { MAX_OBJECT_BYTES } from '../pack/index.ts'
import type { Oid } from '../types.ts'
import { MergeConflictError, MergeRequestError, MergeResolutionError } from './errors.ts'
import { commitMerge } from './merge-commit.ts'
import { MergeLab, type Files } from './testing/merge-lab.ts'
import type { MergeResolution } from './types.ts'
import { bytesOf } from './versions.ts'

let lab: MergeLab
beforeAll(() => {
  lab = new MergeLab()
})
afterAll(() => lab[Symbol.dispose]())

const author = { name: 'Ana', email: 'ana@example.org', time: 1_700_000_000, offset: 60 }

function text(name: string, changes: Record<number, string> = {}): string {
  return Array.from({ length: 20 }, (_, n) => `${changes[n] ?? `${name} ${n}`}\n`).join('')
}

async function history(base: Files, ours: Files, theirs: Files): Promise<[Oid, Oid]> {
  const root = await lab.commit(base)
  return [await lab.commit(ours, [root]), await lab.commit(theirs, [root])]
}

/** Makes the commit, gives its pack to stock git, which checks it, and lists what is in it. */
async function merged([ours, theirs]: [Oid, Oid], resolutions: MergeResolution[] = []): Promise<string[]> {
  await lab.send()
  const target = new MemoryTarget(lab)
  const request = { ref: 'refs/heads/main', ours, theirs, resolutions, author, message: 'Join' }
  const { commit, refs, head, staged } = await commitMerge(target, request)
  expect(refs).toEqual([{ name: 'refs/heads/main', oid: commit }])
  expect([head, target.open, staged.index.count > 0]).toEqual(['refs/heads/main', 0, true])
  const { repository } = lab
  for (const pack of target.staged) repository.gitBytes(['unpack-objects', '-q', '--strict'], pack)
  expect(repository.git(['fsck', '--full', '--strict', '--no-dangling', commit])).toBe('')
  expect(repository.git(['log', '-1', '--format=%P|%an <%ae> %at|%B', commit])).toBe(
    `${ours} ${theirs}|Ana <ana@example.org> 1700000000|Join\n`,
  )
  return repository.git(['ls-tree', '-r', '--format=%(objectmode) %(path) %(objectname)', commit]).split('\n')
}

/** As it is listed. */
async function file(path: string, content: string, mode = '100644'): Promise<string> {
  return `${mode} ${path} ${await lab.blob(content)}`
}

async function rejected(pair: [Oid, Oid], resolutions: MergeResolution[]): Promise<unknown> {
  const target = new MemoryTarget(lab)
  const request = { ref: 'refs/heads/main', ours: pair[0], theirs: pair[1], resolutions, author, message: 'Join' }
  const error = await commitMerge(target, request).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect([target.open, target.staged.size]).toEqual([0, 0])
  return error
}

describe('a merge commit', () => {
  it('has what merged by itself, and both parents', async () => {
    const pair = await history(
      { a: text('a'), 'd/b': text('b') },
      { a: text('a', { 3: 'x' }), 'd/b': text('b') },
      { a: text('a', { 15: 'y' }), 'd/b': text('b'), 'd/c': 'new\n' },
    )
    expect(await merged(pair)).toEqual([
      await file('a', text('a', { 3: 'x', 15: 'y' })),
      await file('d/b', text('b')),
      await file('d/c', 'new\n'),
    ])
  })

  it('is a real one for a fast-forward too, and may be empty', async () => {
    const root = await lab.commit({ a: 'a\n' })
    expect(await merged([root, await lab.commit({ b: 'b\n' }, [root])])).toEqual([await file('b', 'b\n')])
    expect(await merged([root, await lab.commit({}, [root])])).toEqual([''])
  })

  it('holds no object that is not in it: nothing of bases that were merged in memory', async () => {
    const root = await lab.commit({ a: text('a') })
    const left = await lab.commit({ a: text('a', { 3: 'left' }) }, [root])
    const right = await lab.commit({ a: text('a', { 3: 'right' }) }, [root])
    const solved = { a: text('a', { 3: 'both' }) }
    const [c, d] = [await lab.commit(solved, [left, right]), await lab.commit(solved, [right, left])]
    const ours = await lab.commit({ a: text('a', { 3: 'both', 9: 'ours' }) }, [c])
    const theirs = await lab.commit({ a: text('a', { 3: 'both', 16: 'theirs' }) }, [d])
    const target = new MemoryTarget(lab)
    const request = { ref: 'refs/heads/main', ours, theirs, resolutions: [], author, message: 'Join' }
    const { staged } = await commitMerge(target, request)
    // The commit, its tree, the file.
    expect(staged.index.count).toBe(3)
  })

  it('is refused where there is nothing to merge', async () => {
    const root = await lab.commit({ a: 'a\n' })
    const next = await lab.commit({ a: 'b\n' }, [root])
    expect(await rejected([next, root], [])).toBeInstanceOf(MergeRequestError)
    expect(await rejected([next, next], [])).toBeInstanceOf(MergeRequestError)
  })
})

describe('resolutions', () => {
  const base = { a: text('a'), b: text('b'), tool: { mode: 0o100755, content: 't\n' } }
  const both = async () =>
    await history(
      base,
      { a: text('a', { 3: 'x' }), tool: { mode: 0o100755, content: 'ours\n' } },
      { a: text('a', { 3: 'y' }), b: text('b', { 1: 'z' }), tool: { mode: 0o100755, content: 'theirs\n' } },
    )

  it('take a side, bytes of their own, or nothing', async () => {
    const resolutions: MergeResolution[] = [
      { path: 'a', content: bytesOf('caf\xe9\r\n') },
      { path: 'b', content: 'theirs' },
      { path: 'tool', content: bytesOf('mine\n') },
    ]
    expect(await merged(await both(), resolutions)).toEqual([
      await file('a', 'caf\xe9\r\n'),
      await file('b', text('b', { 1: 'z' })),
      await file('tool', 'mine\n', '100755'),
    ])
    const others: MergeResolution[] = [
      { path: 'a', content: 'ours' },
      { path: 'b', content: 'ours' },
      { path: 'tool', content: null },
    ]
    expect(await merged(await both(), others)).toEqual([await file('a', text('a', { 3: 'x' }))])
  })

  it('may change mode and name', async () => {
    const resolutions: MergeResolution[] = [
      { path: 'a', content: 'ours', as: 'new/a.ours' },
      { path: 'b', content: bytesOf('a'), mode: 0o120000 },
      { path: 'tool', content: 'theirs', mode: 0o100644 },
    ]
    expect(await merged(await both(), resolutions)).toEqual([
      await file('b', 'a', '120000'),
      await file('new/a.ours', text('a', { 3: 'x' })),
      await file('tool', 'theirs\n'),
    ])
  })

  it('all are needed: what has none is named', async () => {
    const error = await rejected(await both(), [{ path: 'b', content: 'ours' }])
    expect(error).toBeInstanceOf(MergeConflictError)
    expect(error).toMatchObject({ paths: ['a', 'tool'], message: expect.stringContaining('“a”, “tool”') as string })
  })

  it('of what is no conflict, twice, or with what git would refuse, are refused', async () => {
    const pair = await both()
    const rest: MergeResolution[] = [
      { path: 'b', content: null },
      { path: 'tool', content: 'ours' },
    ]
    const a = { path: 'a', content: 'ours' } as const
    expect(await rejected(pair, [...rest, a, { path: 'c', content: null }])).toMatchObject({
      name: 'MergeResolutionError',
      path: 'c',
      message: expect.stringContaining('“c” is not in conflict') as string,
    })
    expect(await rejected(pair, [...rest, a, a])).toBeInstanceOf(MergeResolutionError)
    expect(await rejected(pair, [...rest, { ...a, as: 'tool' }])).toBeInstanceOf(MergeResolutionError)
    expect(await rejected(pair, [...rest, { ...a, as: 'tool/x' }])).toBeInstanceOf(MergeResolutionError)
    for (const as of ['.git/config', 'x/../y', '', 'a//b'])
      expect(await rejected(pair, [...rest, { ...a, as }]), as).toBeInstanceOf(CommitPathError)
    expect(await rejected(pair, [...rest, { ...a, mode: 0o100664 }])).toBeInstanceOf(CommitPathError)
    const wrong = { path: 'a', content: bytesOf('x'), mode: 0o160000 }
    expect(await rejected(pair, [...rest, wrong])).toBeInstanceOf(CommitPathError)
    const big = { path: 'a', content: new Uint8Array(MAX_OBJECT_BYTES + 1) }
    expect(await rejected(pair, [...rest, big])).toBeInstanceOf(FileTooLargeError)
  })

  it('of names that are not UTF-8 keep them', async () => {
    const pair = await history({ 'f\xfcr': '1\n' }, { 'f\xfcr': '2\n' }, { 'f\xfcr': '3\n' })
    expect(await merged(pair, [{ path: 'für', content: bytesOf('4\n') }])).toEqual([await file('"f\\374r"', '4\n')])
  })

  it('of a file and a folder: one of them, or both by another name', async () => {
    const pair = await history(
      { 'x/y': text('a'), z: 'z\n' },
      { x: 'file\n', z: 'z\n' },
      { 'x/y': text('a', { 3: 'x' }), 'x/new': 'n\n', z: 'z\n' },
    )
    const y = { path: 'x/y', content: 'theirs' } as const
    const folder = [await file('x/new', 'n\n'), await file('x/y', text('a', { 3: 'x' })), await file('z', 'z\n')]
    expect(await merged(pair, [{ path: 'x', content: 'theirs' }, y])).toEqual(folder)
    expect(await merged(pair, [{ path: 'x', content: null }, y])).toEqual(folder)
    // What is in the folder goes with it, so it needs no resolution.
    expect(await merged(pair, [{ path: 'x', content: 'ours' }])).toEqual([
      await file('x', 'file\n'),
      await file('z', 'z\n'),
    ])
    const [renamed, ...others] = [await file('x.file', 'file\n'), ...folder]
    expect(await merged(pair, [{ path: 'x', content: 'ours', as: 'x.file' }, y])).toEqual([renamed, ...others])
    expect(await rejected(pair, [{ path: 'x', content: 'theirs' }])).toMatchObject({ paths: ['x/y'] })
  })

  it('of two new names: the one that is taken', async () => {
    const pair = await history({ a: text('a') }, { b: text('a', { 3: 'x' }) }, { c: text('a', { 15: 'y' }) })
    expect(await merged(pair, [{ path: 'b', content: 'ours' }])).toEqual([await file('b', text('a', { 3: 'x' }))])
    expect(await merged(pair, [{ path: 'b', content: 'theirs' }])).toEqual([await file('c', text('a', { 15: 'y' }))])
    const whole = text('a', { 3: 'x', 15: 'y' })
    expect(await merged(pair, [{ path: 'b', content: bytesOf(whole) }])).toEqual([await file('b', whole)])
  })

  it('of a renamed file go to its new name', async () => {
    const pair = await history({ a: text('a') }, { b: text('a', { 3: 'x' }) }, { a: text('a', { 3: 'y' }) })
    expect(await merged(pair, [{ path: 'b', content: 'theirs' }])).toEqual([await file('b', text('a', { 3: 'y' }))])
  })

  it('of a file for a folder that the other side moved: there, or where the folder went', async () => {
    const pair = await history(
      { 'old/a': text('a'), 'old/b': text('b') },
      { 'new/a': text('a'), 'new/b': text('b') },
      { 'old/a': text('a'), 'old/b': text('b'), 'old/c': 'c\n' },
    )
    const resolution = { path: 'old/c', content: 'theirs' } as const
    const moved = [await file('new/a', text('a')), await file('new/b', text('b'))]
    expect(await merged(pair, [resolution])).toEqual([...moved, await file('old/c', 'c\n')])
    expect(await merged(pair, [{ ...resolution, as: 'new/c' }])).toEqual([...moved, await file('new/c', 'c\n')])
  })

  it('of a submodule take one of the commits', async () => {
    const sub = (digit: string): Files => ({ s: { mode: 0o160000, content: digit.repeat(40) } })
    const pair = await history(sub('1'), sub('2'), sub('3'))
    expect(await merged(pair, [{ path: 's', content: 'theirs' }])).toEqual([`160000 s ${'3'.repeat(40)}`])
    expect(await rejected(pair, [{ path: 's', content: 'theirs', mode: 0o100644 }])).toBeInstanceOf(CommitPathError)
  })
})
