import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import type { Page } from '@playwright/test'

import { git } from '../fixtures/git.ts'
import { bundleOf } from '../fixtures/hostile.ts'
import { makeRepository } from '../fixtures/make-repository.ts'
import { Random } from '../fixtures/random.ts'
import { judgeBundle, noDifference } from '../fixtures/oracle.ts'
import { downloadBundle, expectFiles } from '../support/actions.ts'
import { expect } from '../support/test.ts'

/** A repository on disk that a test gives to the app. */
export interface Source {
  dir: string
  bundle: string
}

/**
 * A small one with `mebibytes` of data that do not compress: enough, at first, for a pack to be written in several
 * transactions, which have 2 to 4 MiB each. All its content depends on `seed`.
 */
export async function makeSource(parent: string, seed: number, mebibytes = 3): Promise<Source> {
  const dir = join(parent, `source-${seed}`)
  await makeRepository(dir, { commits: 40, seed, bare: true })
  const blob = git(dir, ['hash-object', '-w', '--stdin'], { input: new Random(seed).bytes(mebibytes << 20) })
  const tree = git(dir, ['mktree'], { input: `100644 blob ${blob}\tdata.bin\n` })
  git(dir, ['update-ref', 'refs/heads/data', git(dir, ['commit-tree', '-m', 'Keep data', tree])])
  return { dir, bundle: bundleOf(dir, join(dir, 'whole.bundle')) }
}

/** A repository that the killed browser has acknowledged on screen, and all that must be in it. */
export interface Copy {
  token: string
  source: Source
  /** Messages of the commits that were acknowledged on top of the source's `main`, oldest first. */
  commits: string[]
  /** Message of the commit that was under way at the kill: it may be there. */
  underWay: string | null
}

/** Opens the copy, downloads it as a bundle, and has stock git judge that. Takes a commit that was under way as it is. */
export async function judgeCopy(page: Page, origin: string, copy: Copy): Promise<void> {
  await page.goto(`${origin}/#/${copy.token}`)
  await expectFiles(page)
  const bundle = await downloadBundle(page)
  try {
    const verdict = judgeBundle(bundle, copy.source.dir)
    if (copy.commits.length === 0 && copy.underWay === null) expect(verdict).toEqual(noDifference)
    else judgeCommits(bundle, copy, verdict.fsck, verdict.unreachable)
  } finally {
    rmSync(dirname(bundle), { recursive: true, force: true })
  }
}

/** `main` is the source's with the acknowledged commits on top, and everything else is as it was. */
function judgeCommits(bundle: string, copy: Copy, fsck: string[], unreachable: string[]): void {
  expect({ fsck, unreachable }).toEqual({ fsck: [], unreachable: [] })
  const clone = mkdtempSync(join(tmpdir(), 'commits-'))
  try {
    git(clone, ['init', '-q', '--bare', '-b', 'nothing', '.'])
    git(clone, ['fetch', '-q', bundle, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'])
    const refs = (dir: string): string[] =>
      git(dir, ['for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads', 'refs/tags'])
        .split('\n')
        .filter((line) => !line.startsWith('refs/heads/main '))
    expect(refs(clone)).toEqual(refs(copy.source.dir))
    // Rejects where the source's tip is not in the clone at all.
    const base = git(copy.source.dir, ['rev-parse', 'refs/heads/main'])
    const log = git(clone, ['log', '--reverse', '--format=%s', `${base}..refs/heads/main`])
    const messages = log === '' ? [] : log.split('\n')
    if (copy.underWay !== null && messages.at(-1) === copy.underWay) copy.commits.push(copy.underWay)
    copy.underWay = null
    expect(messages).toEqual(copy.commits)
    git(clone, ['merge-base', '--is-ancestor', base, 'refs/heads/main'])
    const last = copy.commits.at(-1)
    if (last !== undefined) expect(git(clone, ['show', 'refs/heads/main:README.md'])).toBe(textOf(last))
  } finally {
    rmSync(clone, { recursive: true, force: true })
  }
}

/** What README.md says in the commit `message`. */
export function textOf(message: string): string {
  return `# ${message}`
}
