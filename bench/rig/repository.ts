import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { git } from '../../playwright/fixtures/git.ts'
import { bundleOf } from '../../playwright/fixtures/hostile.ts'
import { ArgumentError } from '../arguments.ts'

/** What every contender is given: exactly the objects that the branches and tags of one repository reach. */
export interface BenchRepository {
  /** As it was named. */
  path: string
  /** For the app's import. */
  bundle: string
  /** Bare, with the same refs, and `pack` as its one pack: what the servers serve. */
  bare: string
  /** The pack that the bundle holds, byte for byte. */
  pack: string
  packBytes: number
  objects: number
  /** Bytes of all objects, inflated. */
  inflatedBytes: number
  /** Objects that are deltas, and the longest chain of them. */
  deltas: number
  deepest: number
  refs: number
  /** Short name of the branch that is shown. */
  branch: string
  /** The branch has a README at its root, which the app shows below the files. */
  readme: boolean
}

/** Packs what the branches and tags of the repository at `path` reach, into `folder`. Throws `ArgumentError`. */
export function prepareRepository(path: string, folder: string): BenchRepository {
  const source = resolve(path)
  if (!existsSync(source)) throw new ArgumentError(`--repo: there is no folder ${source}.`)
  if (!isRepository(source)) throw new ArgumentError(`--repo: ${source} is no git repository.`)
  if (git(source, ['for-each-ref', '--count=1', 'refs/heads', 'refs/tags']) === '') {
    throw new ArgumentError(`--repo: ${source} has no branch and no tag, so there is nothing to move.`)
  }
  const bundle = join(folder, 'source.bundle')
  const bare = join(folder, 'source.git')
  makeBundle(source, bundle)
  git(folder, ['init', '-q', '--bare', 'source.git'])
  git(bare, ['fetch', '-q', bundle, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'], { env: KEEP_PACK })
  const branch = shownBranch(source, bare)
  git(bare, ['symbolic-ref', 'HEAD', `refs/heads/${branch}`])
  git(bare, ['config', 'http.receivepack', 'false'])
  const packs = join(bare, 'objects', 'pack')
  const pack = readdirSync(packs).find((name) => name.endsWith('.pack'))
  if (pack === undefined) throw new ArgumentError(`--repo: ${source} has no objects.`)
  const file = join(packs, pack)
  return { path: source, bundle, bare, pack: file, ...factsOf(bare, file), branch, readme: hasReadme(bare, branch) }
}

/** However few objects there are, they stay in the pack that they came in. */
const KEEP_PACK = {
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'fetch.unpackLimit',
  GIT_CONFIG_VALUE_0: '1',
}

function isRepository(path: string): boolean {
  try {
    git(path, ['rev-parse', '--git-dir'], { env: { GIT_CEILING_DIRECTORIES: resolve(path, '..') } })
    return true
  } catch {
    return false
  }
}

function makeBundle(source: string, bundle: string): void {
  try {
    // A shallow or partial clone fails here: what its refs reach is not all there.
    bundleOf(source, bundle)
  } catch (error) {
    throw new ArgumentError(`--repo: git cannot pack ${source}: ${error instanceof Error ? error.message : ''}`)
  }
}

/** HEAD's branch where it is one, else the first. */
function shownBranch(source: string, bare: string): string {
  const branches = git(bare, ['for-each-ref', '--format=%(refname:strip=2)', 'refs/heads']).split('\n')
  const head = headOf(source)
  const branch = head !== null && branches.includes(head) ? head : branches[0]
  if (branch === undefined || branch === '') {
    throw new ArgumentError(`--repo: ${source} has no branch, and the app shows one.`)
  }
  return branch
}

function headOf(source: string): string | null {
  try {
    return git(source, ['symbolic-ref', '--short', 'HEAD'])
  } catch {
    return null // Detached.
  }
}

/** As src/git/view/files.ts chooses one. */
function hasReadme(bare: string, branch: string): boolean {
  const lines = git(bare, ['ls-tree', `refs/heads/${branch}`]).split('\n')
  return lines.some((line) => /^100(644|755|664) blob [0-9a-f]{40}\treadme(\.[a-z0-9.-]+)?$/i.test(line))
}

function factsOf(bare: string, pack: string) {
  const sizes = git(bare, ['cat-file', '--batch-all-objects', '--unordered', '--batch-check=%(objectsize)'])
  const chains = git(bare, ['verify-pack', '-s', pack.replace(/\.pack$/, '.idx')]).split('\n')
  const lengths = chains.flatMap((line) => {
    const found = /^chain length = (\d+): (\d+) object/.exec(line)
    return found === null ? [] : [{ length: Number(found[1]), objects: Number(found[2]) }]
  })
  const all = sizes.split('\n')
  return {
    packBytes: statSync(pack).size,
    objects: all.length,
    inflatedBytes: all.reduce((sum, size) => sum + Number(size), 0),
    deltas: lengths.reduce((sum, { objects }) => sum + objects, 0),
    deepest: lengths.at(-1)?.length ?? 0,
    refs: git(bare, ['for-each-ref', '--format=%(refname)']).split('\n').length,
  }
}
