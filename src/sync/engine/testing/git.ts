import { execFile, execFileSync } from 'node:child_process'
import { openAsBlob } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { GitStore } from '../../../git/index.ts'

const run = promisify(execFile)

/** Nothing of the machine's own configuration takes part. */
const ENVIRONMENT = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Ana',
  GIT_AUTHOR_EMAIL: 'ana@example.com',
  GIT_COMMITTER_NAME: 'Ana',
  GIT_COMMITTER_EMAIL: 'ana@example.com',
}

export async function git(directory: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', args, { cwd: directory, env: ENVIRONMENT, maxBuffer: 256 * 1024 * 1024 })
  return stdout
}

/** A pack of these objects and no others, whether they hang together or not. */
export function packOfObjects(directory: string, oids: string[]): Uint8Array<ArrayBuffer> {
  const options = { cwd: directory, env: ENVIRONMENT, input: oids.join('\n'), maxBuffer: 256 * 1024 * 1024 }
  return new Uint8Array(execFileSync('git', ['pack-objects', '--stdout', '-q'], options))
}

/** Runs `work` in a folder of its own, which is gone afterwards. */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'guts-sync-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export interface SourceOptions {
  commits: number
  /** Bytes of random data in a file of each commit: what makes packs big. */
  randomBytes?: number
  seed?: number
}

/** A repository with branches, tags, a merge and big files, the same at each call with the same options. */
export async function makeSource(folder: string, options: SourceOptions): Promise<string> {
  const random = generator(options.seed ?? 1)
  await git(folder, 'init', '-q', '-b', 'main', 'source')
  const source = join(folder, 'source')
  for (let n = 0; n < options.commits; n++) {
    await writeFile(join(source, `file-${n % 7}.txt`), `line ${n}\n`.repeat(1 + (n % 50)))
    if (options.randomBytes != null) await writeFile(join(source, `random-${n}.bin`), random(options.randomBytes))
    await writeFile(join(source, 'README.md'), `# Source\n\nCommit ${n}\n`)
    await git(source, 'add', '-A')
    await git(source, 'commit', '-q', '-m', `Commit ${n}`)
    if (n === 1) await git(source, 'branch', 'feature')
    if (n === 2) await git(source, 'tag', '-a', 'v1', '-m', 'First')
  }
  await git(source, 'tag', 'light')
  return source
}

export async function bundleOf(source: string): Promise<Blob> {
  const file = `${source}.bundle`
  await git(source, 'bundle', 'create', '-q', file, '--branches', '--tags', 'HEAD')
  return openAsBlob(file)
}

/** What stock git says about a repository: branches and tags, and every object that they reach. */
export async function verdict(repository: string): Promise<{ refs: string; objects: string[]; fsck: string }> {
  const refs = await git(repository, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads', 'refs/tags')
  const listed = await git(repository, 'rev-list', '--objects', '--branches', '--tags')
  const objects = listed
    .split('\n')
    .map((line) => line.slice(0, 40))
    .sort()
  return { refs, objects, fsck: await git(repository, 'fsck', '--full', '--strict', '--no-dangling') }
}

/** Clones what the store has with stock git, from the bundle that it makes, and lets git judge. */
export async function verdictOnStore(store: GitStore, token: string): Promise<Awaited<ReturnType<typeof verdict>>> {
  return inTemporaryFolder(async (folder) => {
    const parts: Uint8Array[] = []
    const { reader } = await store.openBundle(token)
    for (;;) {
      const bytes = await store.readPack(reader, 1024 * 1024)
      if (bytes == null) break
      parts.push(bytes)
    }
    await store.closeReader(reader)
    const file = join(folder, 'clone.bundle')
    await writeFile(file, Buffer.concat(parts))
    await git(folder, 'clone', '-q', '--mirror', file, 'clone.git')
    return verdict(join(folder, 'clone.git'))
  })
}

/** Random bytes from a seed (mulberry32). */
function generator(seed: number): (length: number) => Uint8Array {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
  return (length) => Uint8Array.from({ length }, () => next() & 0xff)
}
