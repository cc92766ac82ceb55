import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeRoot } from '../import/tree-draft.ts'
import { serializeTree } from '../object/index.ts'
import type { Oid } from '../types.ts'
import type { Conflict } from './decide.ts'
import { MergeTooLargeError } from './errors.ts'
import { conflictViews, MAX_MERGED_BYTES, mergeCommits, mergeView } from './merge.ts'
import { MAX_TEXT_BYTES, MAX_TEXTS_BYTES } from './merge-file.ts'
import { MergeLab, type Files, type GitMerge } from './testing/merge-lab.ts'
import { randomHistory } from './testing/random-history.ts'
import { draftOf } from './trees.ts'
import { byteString, bytesOf } from './versions.ts'
import { MAX_MERGE_PATHS, MAX_PATH_BYTES } from './walk.ts'

const LONG = process.env.GUTS_LONG === '1'

let lab: MergeLab
beforeAll(() => {
  lab = new MergeLab()
})
afterAll(() => lab[Symbol.dispose]())

/** Twenty lines, some of them changed. */
function text(name: string, changes: Record<number, string> = {}): string {
  return Array.from({ length: 20 }, (_, n) => `${changes[n] ?? `${name} ${n}`}\n`).join('')
}

const LINK = (content: string) => ({ mode: 0o120000, content })
const SUBMODULE = (digit: string) => ({ mode: 0o160000, content: digit.repeat(40) })
const TOOL = (content: string) => ({ mode: 0o100755, content })
const OLD_MODE = (content: string) => ({ mode: 0o100664, content })

interface Case {
  base: Files
  ours: Files
  theirs: Files
  /** What is in conflict for us, `reason path`; none where nothing is said. */
  conflicts?: string[]
  /** Clean for git, which chooses where we ask. */
  asked?: true
}

const one = { a: text('a') }
const [binary, binary2, binary3] = ['\0one', '\0two', '\0three']

const CASES: Record<string, Case> = {
  'nothing in common changed': {
    base: { a: text('a'), b: text('b') },
    ours: { a: text('a', { 3: 'x' }), b: text('b') },
    theirs: { a: text('a'), b: text('b', { 3: 'y' }), c: 'new\n' },
  },
  'both change one file, apart': {
    base: one,
    ours: { a: text('a', { 3: 'x' }) },
    theirs: { a: text('a', { 15: 'y' }) },
  },
  'both make the same change': { base: one, ours: { a: text('a', { 3: 'x' }) }, theirs: { a: text('a', { 3: 'x' }) } },
  'both delete, both add the same': {
    base: { a: 'a\n', b: 'b\n' },
    ours: { a: 'a\n', c: 'c\n' },
    theirs: { a: 'a\n', c: 'c\n' },
  },
  'lines that touch': {
    base: one,
    ours: { a: text('a', { 3: 'x' }) },
    theirs: { a: text('a', { 4: 'y' }) },
    conflicts: ['content a'],
  },
  'Latin-1 and CR LF': {
    base: { a: text('caf\xe9').replaceAll('\n', '\r\n') },
    ours: { a: text('caf\xe9', { 2: '\xfcber' }).replaceAll('\n', '\r\n') },
    theirs: { a: text('caf\xe9', { 17: 'na\xefve' }).replaceAll('\n', '\r\n') },
  },
  'names that are not UTF-8': {
    base: { 'f\xfcr/\xe4': text('a'), 'f\xfcr/x': '1\n' },
    ours: { 'f\xfcr/\xe4': text('a', { 3: 'x' }), 'f\xfcr/x': '1\n' },
    theirs: { 'f\xfcr/\xe4': text('a', { 15: 'y' }), 'f\xfcr/x': '2\n', 'f\xfcr/\xff': 'new\n' },
  },
  'modes that git no longer writes, in folders that both changed': {
    base: { 'd/a': OLD_MODE(text('a')), 'd/b': OLD_MODE('b\n'), 'e/c': OLD_MODE('c\n') },
    ours: { 'd/a': OLD_MODE(text('a', { 3: 'x' })), 'd/b': OLD_MODE('b\n'), 'e/c': OLD_MODE('c\n') },
    theirs: { 'd/a': OLD_MODE(text('a', { 15: 'y' })), 'd/b': OLD_MODE('b\n'), 'e/c': OLD_MODE('new\n') },
  },
  'modes that git no longer writes, where folders are opened for renames': {
    base: { 'd/a': OLD_MODE(text('a')), 'e/c': OLD_MODE('c\n'), 'e/f/g': OLD_MODE('g\n') },
    ours: { 'm/a': OLD_MODE(text('a', { 3: 'x' })), 'e/c': OLD_MODE('new\n'), 'e/f/g': OLD_MODE('new\n') },
    theirs: { 'd/a': OLD_MODE(text('a', { 15: 'y' })), 'e/c': OLD_MODE('c\n'), 'e/f/g': OLD_MODE('g\n') },
  },
  'one makes it executable, the other changes it': {
    base: one,
    ours: { a: TOOL(text('a')) },
    theirs: { a: text('a', { 3: 'x' }) },
  },
  'modes that both changed': {
    base: { a: LINK('x') },
    ours: { a: text('a') },
    theirs: { a: TOOL(text('a')) },
    conflicts: ['mode a'],
  },
  'a file that one turned into a link': {
    base: one,
    ours: { a: LINK('x') },
    theirs: { a: text('a', { 3: 'x' }) },
    conflicts: ['type a'],
  },
  'a link that one changed': { base: { a: LINK('x') }, ours: { a: LINK('x') }, theirs: { a: LINK('y') } },
  'a link that both changed': {
    base: { a: LINK('x') },
    ours: { a: LINK('y') },
    theirs: { a: LINK('z') },
    conflicts: ['symlink a'],
  },
  'a submodule that one moved': {
    base: { s: SUBMODULE('1') },
    ours: { s: SUBMODULE('1') },
    theirs: { s: SUBMODULE('2') },
  },
  'a submodule that both moved': {
    base: { s: SUBMODULE('1') },
    ours: { s: SUBMODULE('2') },
    theirs: { s: SUBMODULE('3') },
    conflicts: ['submodule s'],
  },
  'a binary file that one changed': { base: { a: binary }, ours: { a: binary2 }, theirs: { a: binary } },
  'a binary file that both changed': {
    base: { a: binary },
    ours: { a: binary2 },
    theirs: { a: binary3 },
    conflicts: ['binary a'],
  },
  'a NUL in the first 8,000 bytes, and one behind them': {
    base: { a: `${text('a').repeat(100)}\0\n`, b: `${'x'.repeat(7999)}\0\n1\n2\n3\n4\n` },
    ours: { a: `first\n${text('a').repeat(100)}\0\n`, b: `${'x'.repeat(7999)}\0\none\n2\n3\n4\n` },
    theirs: { a: `${text('a').repeat(100)}\0\nlast\n`, b: `${'x'.repeat(7999)}\0\n1\n2\n3\nfour\n` },
    conflicts: ['binary b'],
  },
  'both add a file, differently': {
    base: {},
    ours: { a: text('a', { 3: 'x' }) },
    theirs: { a: text('a', { 5: 'y' }) },
    conflicts: ['both-added a'],
  },
  'one deletes what the other changes': {
    base: one,
    ours: {},
    theirs: { a: text('a', { 3: 'x' }) },
    conflicts: ['modify-delete a'],
  },
  'a file that one replaced by a folder': {
    base: { a: 'a\n' },
    ours: { 'a/b': 'b\n' },
    theirs: { a: 'a\n', c: 'c\n' },
  },
  'a folder that one replaced by a file': {
    base: { 'a/b': 'b\n' },
    ours: { a: 'a\n' },
    theirs: { 'a/b': 'b\n', c: 'c\n' },
  },
  'a file of the name of a folder': {
    base: {},
    ours: { x: 'file\n' },
    theirs: { 'x/y': 'in a folder\n' },
    conflicts: ['file-folder x'],
  },
  'a folder that one replaced by a file, and the other changed': {
    base: { 'x/y': text('a') },
    ours: { x: 'file\n' },
    theirs: { 'x/y': text('a', { 3: 'x' }) },
    conflicts: ['file-folder x', 'modify-delete x/y'],
  },
  'one renames what the other changes': {
    base: { a: text('a'), z: 'z\n' },
    ours: { b: text('a', { 3: 'x' }), z: 'z\n' },
    theirs: { a: text('a', { 15: 'y' }), z: 'z\n' },
  },
  'one renames what the other changes in the same lines': {
    base: { a: text('a') },
    ours: { b: text('a', { 3: 'x' }) },
    theirs: { a: text('a', { 3: 'y' }) },
    conflicts: ['content b'],
  },
  'one renames a folder in which the other changes files': {
    base: { 'old/a': text('a'), 'old/deep/b': text('b'), 'old/c': text('c') },
    ours: { 'new/a': text('a'), 'new/deep/b': text('b', { 1: 'x' }), 'new/c': text('c') },
    theirs: { 'old/a': text('a', { 3: 'y' }), 'old/deep/b': text('b', { 9: 'y' }), 'old/c': text('c') },
  },
  'one renames a folder to which the other adds a file': {
    base: { 'old/a': text('a'), 'old/b': text('b') },
    ours: { 'new/a': text('a'), 'new/b': text('b') },
    theirs: { 'old/a': text('a'), 'old/b': text('b'), 'old/c': text('c') },
    conflicts: ['folder-rename old/c'],
  },
  'one takes a folder apart to which the other adds a file': {
    base: { 'old/a': text('a'), 'old/b': text('b') },
    ours: { 'here/a': text('a'), 'there/b': text('b') },
    theirs: { 'old/a': text('a'), 'old/b': text('b'), 'old/c': text('c') },
    conflicts: ['folder-rename old/c'],
  },
  'one deletes a folder to which the other adds a file': {
    base: { 'old/a': text('a'), 'old/b': text('b'), z: 'z\n' },
    ours: { z: 'z\n' },
    theirs: { 'old/a': text('a'), 'old/b': text('b'), 'old/c': text('c'), z: 'z\n' },
  },
  'both rename it, to the same name': {
    base: { a: text('a') },
    ours: { b: text('a', { 3: 'x' }) },
    theirs: { b: text('a', { 15: 'y' }) },
  },
  'both rename it, to different names': {
    base: { a: text('a') },
    ours: { b: text('a', { 3: 'x' }) },
    theirs: { c: text('a', { 15: 'y' }) },
    conflicts: ['rename-rename b'],
  },
  'two files renamed to one name': {
    base: { a: text('a'), b: text('b') },
    ours: { a: text('a', { 15: 'y' }), c: text('b') },
    theirs: { b: text('b', { 15: 'y' }), c: text('a') },
    conflicts: ['rename-add c'],
  },
  'one renames to where the other adds': {
    base: { a: text('a') },
    ours: { b: text('a') },
    theirs: { a: text('a', { 3: 'x' }), b: text('other') },
    conflicts: ['rename-add b'],
  },
  'one renames what the other deletes': {
    base: { a: text('a'), z: 'z\n' },
    ours: { b: text('a'), z: 'z\n' },
    theirs: { z: 'z\n' },
    conflicts: ['rename-delete b'],
  },
  'one renames a link that the other changes': {
    base: { a: LINK('target') },
    ours: { b: LINK('target') },
    theirs: { a: LINK('elsewhere') },
  },
  'two files that may be the one that is gone': {
    base: { a: text('a') },
    ours: { b: text('a', { 3: 'x' }), c: text('a', { 5: 'y' }) },
    theirs: { a: text('a', { 15: 'z' }) },
    conflicts: ['modify-delete a'],
    asked: true,
  },
  'two copies of what is gone': {
    base: { a: text('a') },
    ours: { b: text('a'), c: text('a') },
    theirs: { a: text('a', { 15: 'z' }) },
    conflicts: ['modify-delete a'],
    asked: true,
  },
  'a name that is unique decides': {
    base: { 'x/main': text('a'), 'x/other': text('a', { 1: 'o' }) },
    ours: { 'y/main': text('a', { 3: 'x' }), 'y/copy': text('a', { 1: 'o' }) },
    theirs: { 'x/main': text('a', { 15: 'z' }), 'x/other': text('a', { 1: 'o' }) },
  },
}

/** Asks git about all at once. */
async function judged(pairs: Array<[Oid, Oid]>): Promise<GitMerge[]> {
  return (await lab.gitMerges(pairs)).map((merge) => {
    if (merge === null) throw new Error('git broke off')
    return merge
  })
}

async function ourMerge(ours: Oid, theirs: Oid): Promise<{ conflicts: Conflict[]; tree: Oid }> {
  const labels = { ours, theirs }
  const { decided, made } = await mergeCommits(lab, ours, theirs, { labels, always: true })
  return { conflicts: decided.conflicts, tree: await writeRoot(draftOf(decided), made) }
}

/** Conflict markers and all, where git left them. */
function gitText(tree: Oid, path: string): string {
  return byteString(lab.repository.gitBytes(['cat-file', 'blob', `${tree}:${path}`]))
}

describe('trees are merged as git merges them', () => {
  const git: Record<string, GitMerge> = {}
  const pairs: Record<string, [Oid, Oid]> = {}

  beforeAll(async () => {
    for (const [name, { base, ours, theirs }] of Object.entries(CASES)) {
      const root = await lab.commit(base)
      pairs[name] = [await lab.commit(ours, [root]), await lab.commit(theirs, [root])]
    }
    const merges = await judged(Object.values(pairs))
    Object.keys(pairs).forEach((name, n) => (git[name] = merges[n] as GitMerge))
  })

  it.each(Object.entries(CASES))('%s', async (name, { conflicts: expected = [], asked = false }) => {
    const [ours, theirs] = pairs[name] as [Oid, Oid]
    const judge = git[name] as GitMerge
    const { conflicts, tree } = await ourMerge(ours, theirs)
    expect(conflicts.map(({ reason, path }) => `${reason} ${path}`)).toEqual(expected)
    expect(judge.clean).toBe(expected.length === 0 || asked)
    if (expected.length === 0) expect(tree).toBe(judge.tree)
    for (const { reason, path, merged } of conflicts) {
      if (reason !== 'content' && reason !== 'both-added') continue
      expect(byteString(merged ?? new Uint8Array())).toBe(gitText(judge.tree, path))
    }
  })

  it('the other way round too', async () => {
    const turned = Object.entries(pairs).map(([, [ours, theirs]]): [Oid, Oid] => [theirs, ours])
    const merges = await judged(turned)
    for (const [n, [ours, theirs]] of turned.entries()) {
      const { conflicts, tree } = await ourMerge(ours, theirs)
      const clean = conflicts.length === 0
      const { asked = false } = Object.values(CASES)[n] as Case
      expect([Object.keys(CASES)[n], merges[n]?.clean]).toEqual([Object.keys(CASES)[n], clean || asked])
      if (clean) expect(tree).toBe(merges[n]?.tree)
    }
  })
})

describe('histories', () => {
  it('without a common ancestor: what both have alike is kept, the rest is in conflict', async () => {
    const [ours, theirs] = [await lab.commit({ a: 'a\n', b: 'b\n' }), await lab.commit({ a: 'a\n', c: 'c\n' })]
    const other = await lab.commit({ a: 'else\n' })
    const [clean, conflict] = await judged([[ours, theirs], [ours, other]]) // prettier-ignore
    expect(await ourMerge(ours, theirs)).toEqual({ conflicts: [], tree: clean?.tree })
    expect(await mergeView(lab, ours, theirs)).toMatchObject({ kind: 'clean', base: null, changed: 1 })
    expect(conflict?.clean).toBe(false)
    expect((await mergeView(lab, ours, other)).conflicts).toMatchObject([
      { path: 'a', reason: 'both-added', base: null },
    ])
  })

  /** Two branches that merged each other: `left` and `right` are the merge bases of what comes after. */
  async function crissCross(base: Files, left: Files, right: Files, solved: Files, ours: Files, theirs: Files) {
    const root = await lab.commit(base)
    const [a, b] = [await lab.commit(left, [root]), await lab.commit(right, [root])]
    const [c, d] = [await lab.commit(solved, [a, b]), await lab.commit(solved, [b, a])]
    return [await lab.commit(ours, [c]), await lab.commit(theirs, [d])] as [Oid, Oid]
  }

  it('that criss-cross: the bases are merged first, and what was in conflict then is settled', async () => {
    const base = { a: text('a'), b: text('b') }
    const left = { a: text('a', { 3: 'left' }), b: text('b') }
    const right = { a: text('a', { 3: 'right', 15: 'y' }), b: text('b') }
    const solved = { a: text('a', { 3: 'both', 15: 'y' }), b: text('b') }
    const ours = { ...solved, b: text('b', { 2: 'ours' }) }
    const theirs = { a: text('a', { 3: 'both', 10: 'theirs', 15: 'y' }), b: text('b', { 12: 'theirs' }) }
    const pair = await crissCross(base, left, right, solved, ours, theirs)
    const [git] = await judged([pair])
    expect(git?.clean).toBe(true)
    expect(await ourMerge(...pair)).toEqual({ conflicts: [], tree: git?.tree })
  })

  it('that criss-cross, with one base a wrong choice: what was solved one way is not undone', async () => {
    const base = { a: text('a') }
    const [left, right] = [{ a: text('a', { 3: 'left' }) }, { a: text('a', { 15: 'right' }) }]
    const both = { a: text('a', { 3: 'left', 15: 'right' }) }
    const ours = { a: text('a', { 3: 'left', 15: 'right', 18: 'x' }) }
    const theirs = { a: text('a', { 15: 'right' }) }
    const pair = await crissCross(base, left, right, both, ours, theirs)
    const [git] = await judged([pair])
    expect(git?.clean).toBe(true)
    expect(await ourMerge(...pair)).toEqual({ conflicts: [], tree: git?.tree })
  })

  it('that criss-cross, in conflict: as git shows it', async () => {
    const base = { a: text('a') }
    const [left, right] = [{ a: text('a', { 3: 'left' }) }, { a: text('a', { 3: 'right' }) }]
    const pair = await crissCross(
      base,
      left,
      right,
      left,
      { a: text('a', { 3: 'one' }) },
      { a: text('a', { 3: 'two' }) },
    )
    const [git] = await judged([pair])
    const { conflicts } = await ourMerge(...pair)
    expect(conflicts.map(({ path, reason }) => `${reason} ${path}`)).toEqual(['content a'])
    expect(byteString(conflicts[0]?.merged ?? new Uint8Array())).toBe(gitText(git?.tree ?? '', 'a'))
  })

  /** As many merge bases: two merges of the same commits. */
  async function octopus(count: number): Promise<[Oid, Oid]> {
    const root = await lab.commit({ a: 'a\n' })
    const tips: Oid[] = []
    for (let n = 0; n < count; n++) tips.push(await lab.commit({ a: 'a\n', [`f${n}`]: 'x\n' }, [root]))
    const all = Object.fromEntries(tips.map((_, n) => [`f${n}`, 'x\n']))
    return [await lab.commit({ a: 'ours\n', ...all }, tips), await lab.commit({ a: 'a\n', ...all, z: 'z\n' }, tips)]
  }

  it('with many merge bases, up to a limit', async () => {
    const pair = await octopus(65)
    const [git] = await judged([pair])
    expect(await ourMerge(...pair)).toEqual({ conflicts: [], tree: git?.tree })
    await expect(mergeCommits(lab, ...(await octopus(66)))).rejects.toThrow(MergeTooLargeError)
  })
})

/**
 * Random histories: what is clean for us is clean for git, with the very same tree. Where git is clean and we ask, it is one of
 * these: several files may be the one that was renamed, and git takes the first that is alike enough (`modify-delete`,
 * `rename-rename`); a renamed file meets one of its new name that both sides have, and git lets one of them go
 * (`rename-add`); a base of bases is in doubt for such a reason (`content`). Of real merges there was none among 5,072.
 */
it('any history is merged as git merges it, or asked about', async () => {
  const count = LONG ? 10_000 : 300
  const seed = 1
  const pairs: Array<[Oid, Oid]> = []
  for (let n = 0; n < count; n++) pairs.push(await randomHistory(lab, seed + n))
  const counts = { clean: 0, conflicts: 0, asked: 0, broken: 0 }
  for (const [n, git] of (await lab.gitMerges(pairs)).entries()) {
    const { conflicts, tree } = await ourMerge(...(pairs[n] as [Oid, Oid]))
    const said = { seed: seed + n, clean: conflicts.length === 0, tree: conflicts.length === 0 ? tree : undefined }
    if (git === null) counts.broken++
    else if (git.clean && !said.clean) counts.asked++
    else expect(said).toEqual({ seed: seed + n, clean: git.clean, tree: git.clean ? git.tree : undefined })
    counts[said.clean ? 'clean' : 'conflicts']++
  }
  if (LONG) console.log(`${count} histories: ${JSON.stringify(counts)}`)
  expect(counts.asked).toBeLessThanOrEqual(Math.max(3, counts.clean / 50))
  expect(counts.clean).toBeGreaterThan(count / 3)
  expect(counts.conflicts).toBeGreaterThan(count / 8)
}, 1_200_000)

describe('what is shown of a merge', () => {
  it('up to date, and fast-forward', async () => {
    const root = await lab.commit({ a: 'a\n', b: 'b\n' })
    const next = await lab.commit({ a: 'x\n', c: 'c\n' }, [root])
    const none = { conflicts: [], base: root }
    expect(await mergeView(lab, next, root)).toEqual({ ...none, kind: 'up-to-date', changed: 0 })
    expect(await mergeView(lab, root, root)).toEqual({ ...none, kind: 'up-to-date', changed: 0 })
    expect(await mergeView(lab, root, next)).toEqual({ ...none, kind: 'fast-forward', changed: 3 })
  })

  it('conflicts, with all sides, by what people call them', async () => {
    const base = await lab.commit({ 'f\xfcr': text('a'), gone: text('b'), tool: TOOL('t\n'), same: 's\n' })
    const ours = await lab.commit({ 'f\xfcr': text('a', { 3: 'x' }), moved: text('b'), tool: LINK('t'), same: 's\n' }, [
      base,
    ])
    const theirs = await lab.commit({ 'f\xfcr': text('a', { 3: 'y' }), tool: TOOL('u\n'), same: 'S\n' }, [base])
    const view = await mergeView(lab, ours, theirs, { labels: { ours: 'Ana', theirs: 'Bo’s laptop' } })
    expect(view).toMatchObject({ kind: 'conflicts', base, changed: 1 })
    const oid = async (content: string) => await lab.blob(content)
    const file = async (path: string, content: string, mode = 0o100644, kind = 'file') => ({
      path,
      oid: await oid(content),
      mode,
      kind,
    })
    expect(view.conflicts).toEqual([
      {
        path: 'für',
        reason: 'content',
        base: await file('für', text('a')),
        ours: await file('für', text('a', { 3: 'x' })),
        theirs: await file('für', text('a', { 3: 'y' })),
        merged: new TextEncoder().encode(text('a', { 3: '<<<<<<< Ana\nx\n=======\ny\n>>>>>>> Bo’s laptop' })),
      },
      {
        path: 'moved',
        reason: 'rename-delete',
        base: await file('gone', text('b')),
        ours: await file('moved', text('b')),
        theirs: null,
        merged: null,
      },
      {
        path: 'tool',
        reason: 'type',
        base: await file('tool', 't\n', 0o100755, 'executable'),
        ours: await file('tool', 't', 0o120000, 'symlink'),
        theirs: await file('tool', 'u\n', 0o100755, 'executable'),
        merged: null,
      },
    ])
    expect(structuredClone(view)).toEqual(view)
  })

  it('two names that read the same keep apart', async () => {
    const base = await lab.commit({ 'f\xfcr': '1\n', 'f\xc3\xbcr': '1\n' })
    const ours = await lab.commit({ 'f\xfcr': '2\n', 'f\xc3\xbcr': '2\n' }, [base])
    const theirs = await lab.commit({ 'f\xfcr': '3\n', 'f\xc3\xbcr': '3\n' }, [base])
    const { conflicts } = await mergeView(lab, ours, theirs)
    expect(conflicts.map(({ path }) => path)).toEqual(['für', 'f\\374r'])
  })

  it('the text of conflicts only up to a limit', () => {
    const conflict = (path: string, bytes: number): Conflict => {
      const merged = new Uint8Array(bytes)
      return { path, reason: 'content', sides: [null, null, null], places: [path, path, path], merged }
    }
    const views = conflictViews([conflict('a', MAX_MERGED_BYTES - 1), conflict('b', 2), conflict('c', 1)])
    expect(views.map(({ merged }) => merged?.length)).toEqual([MAX_MERGED_BYTES - 1, undefined, 1])
  })
})

describe('what is read', () => {
  it('no folder that is unchanged, or that one side alone changed', async () => {
    const base = { 'same/a': '1\n', 'mine/b': '1\n', 'yours/c': '1\n', 'both/d': '1\n', 'both/e': '1\n' }
    const root = await lab.commit(base)
    const ours = await lab.commit({ ...base, 'mine/b': '2\n', 'both/d': '2\n', 'new/f': 'f\n' }, [root])
    const theirs = await lab.commit({ ...base, 'yours/c': '2\n', 'both/e': '2\n' }, [root])
    await lab.send()
    const closed = lab.repository.git(['rev-parse', `${ours}:same`, `${ours}:mine`, `${theirs}:yours`, `${ours}:new`])
    lab.reads.length = 0
    expect((await mergeCommits(lab, ours, theirs)).kind).toBe('clean')
    expect(lab.reads.filter((oid) => closed.includes(oid))).toEqual([])
  })

  it('stops when it is told to', async () => {
    const root = await lab.commit({ a: 'a\n' })
    const [ours, theirs] = [await lab.commit({ a: 'b\n' }, [root]), await lab.commit({ a: 'c\n' }, [root])]
    const reason = new Error('Not any more')
    await expect(mergeView(lab, ours, theirs, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('no more paths than the limit', async () => {
    const blobs = { base: await lab.blob('base'), ours: await lab.blob('ours') }
    const commit = async (count: number, first: Oid, parents: Oid[] = []) => {
      const entries = Array.from({ length: count }, (_, n) => {
        const name = new TextEncoder().encode(`f${n}`)
        return { mode: 0o100644, name, oid: n === 0 ? first : blobs.base }
      })
      return await lab.commitTree(await lab.add('tree', serializeTree(entries)), parents)
    }
    const root = await commit(MAX_MERGE_PATHS, blobs.base)
    const theirs = await commit(MAX_MERGE_PATHS - 1, blobs.base, [root])
    const within = await commit(MAX_MERGE_PATHS, blobs.ours, [root])
    expect((await mergeCommits(lab, within, theirs)).kind).toBe('clean')
    const beyond = await commit(MAX_MERGE_PATHS + 1, blobs.ours, [root])
    await expect(mergeCommits(lab, beyond, theirs)).rejects.toThrow(MergeTooLargeError)
  })
})

it('reads no names beyond the limit of their bytes', async () => {
  const folder = 'x'.repeat(3993)
  const count = 8380
  const history = async (bytes: number): Promise<[Oid, Oid]> => {
    const files: Files = {}
    for (let n = 0; n < count; n++) files[`${folder}/${n + 10_000}`] = ''
    // One more name takes up the rest.
    files['y'.repeat(bytes - folder.length - count * (folder.length + 6))] = 'y\n'
    const root = await lab.commit({})
    // Both add the folder, and something else, so that it is opened.
    return [await lab.commit(files, [root]), await lab.commit({ ...files, [`${folder}/10000`]: '1' }, [root])]
  }
  expect((await mergeCommits(lab, ...(await history(MAX_PATH_BYTES)))).kind).toBe('clean')
  await expect(mergeCommits(lab, ...(await history(MAX_PATH_BYTES + 1)))).rejects.toThrow(MergeTooLargeError)
})

describe('renames are looked for within limits', () => {
  it('a file of 4 MiB is compared, of one byte more not', async () => {
    const history = async (size: number): Promise<[Oid, Oid]> => {
      const big = `${'x'.repeat(63)}\n`
        .repeat(size / 64)
        .slice(0, -1)
        .padEnd(size, '\n')
      const root = await lab.commit({ a: big })
      return [
        await lab.commit({ b: `${big.slice(0, -8)}ours\n` }, [root]),
        await lab.commit({ a: `theirs\n${big.slice(7)}` }, [root]),
      ]
    }
    expect((await mergeView(lab, ...(await history(4 << 20)))).conflicts.map(({ reason }) => reason)).toEqual([])
    const [conflict] = (await mergeView(lab, ...(await history((4 << 20) + 64)))).conflicts
    expect(conflict).toMatchObject({ path: 'a', reason: 'modify-delete' })
  })

  it('a million pairs are compared, more are not', async () => {
    const history = async (gone: number): Promise<[Oid, Oid]> => {
      const all = (change: string) =>
        Object.fromEntries(Array.from({ length: gone }, (_, n) => [`old${n}`, `${n} ${change}\n`]))
      const root = await lab.commit({ ...all('x'), a: text('a') })
      const added = Object.fromEntries(Array.from({ length: 999 }, (_, n) => [`new${n}`, `${n}${'y'.repeat(99)}\n`]))
      return [
        await lab.commit({ ...added, b: text('a', { 1: 'ours' }) }, [root]),
        await lab.commit({ ...all('z'), a: text('a', { 15: 'theirs' }) }, [root]),
      ]
    }
    const paths = async (gone: number) =>
      (await mergeView(lab, ...(await history(gone)))).conflicts.map(({ path }) => path)
    expect(await paths(20)).not.toContain('a')
    expect(await paths(1000)).toContain('a')
  })
})

describe('text is merged within limits', () => {
  /** As many bytes, of which ours changes the first line and theirs the last. */
  function texts(size: number): [base: string, ours: string, theirs: string] {
    const middle = `\n1\n2\n3\n${'x'.repeat(size - 10)}\n`
    return [`a${middle}b`, `A${middle}b`, `a${middle}B`]
  }

  async function history(sizes: number[]): Promise<[Oid, Oid]> {
    const files = sizes.map(texts)
    const [base, ours, theirs] = [0, 1, 2].map((which) =>
      Object.fromEntries(files.map((versions, n) => [`f${n}`, versions[which] ?? ''])),
    ) as [Files, Files, Files]
    const root = await lab.commit(base)
    return [await lab.commit(ours, [root]), await lab.commit(theirs, [root])]
  }

  it('16 MiB each, and not one byte more', async () => {
    expect((await mergeView(lab, ...(await history([MAX_TEXT_BYTES])))).kind).toBe('clean')
    const [conflict] = (await mergeView(lab, ...(await history([MAX_TEXT_BYTES + 1])))).conflicts
    expect(conflict).toMatchObject({ path: 'f0', reason: 'binary', merged: null })
  })

  it('256 MiB in all, and not one byte more', async () => {
    // Three versions of each.
    const sizes = Array<number>(5).fill(MAX_TEXT_BYTES)
    const rest = MAX_TEXTS_BYTES - 15 * MAX_TEXT_BYTES
    const third = Math.floor(rest / 3)
    const within = await mergeCommits(lab, ...(await history([...sizes, third])))
    expect(within.kind).toBe('clean')
    await expect(mergeCommits(lab, ...(await history([...sizes, third + 1])))).rejects.toThrow(MergeTooLargeError)
  })
})

it('bytes and their text are the same', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, n) => n)
  expect(bytesOf(byteString(bytes))).toEqual(bytes)
})
