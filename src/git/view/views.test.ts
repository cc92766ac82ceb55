import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GitObjects } from '../../../playwright/fixtures/git-objects.ts'
import { git, gitBytes } from '../../../playwright/fixtures/git.ts'
import { makeRepository } from '../../../playwright/fixtures/make-repository.ts'
import { decodeText } from '../object/index.ts'
import { PathNotFoundError } from './errors.ts'
import type { GitViews } from './types.ts'
import { createViews } from './views.ts'

const id = 'repository'
let dir = ''
let objects: GitObjects
let views: GitViews
let main = ''

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'views-'))
  await makeRepository(dir, { commits: 600, seed: 7, bare: true })
  objects = new GitObjects(dir)
  const refs = lines(['for-each-ref', '--format=%(objectname) %(refname)']).map((line) => {
    const [oid = '', name = ''] = line.split(' ')
    return { name, oid }
  })
  views = createViews(async () => ({
    objects,
    refs,
    head: 'refs/heads/main',
    expand: async (prefix) => await objects.expand(prefix),
  }))
  main = git(dir, ['rev-parse', 'main'])
})

afterAll(() => {
  objects.close()
  rmSync(dir, { recursive: true })
})

function lines(args: string[]): string[] {
  return git(dir, args)
    .split('\n')
    .filter((line) => line !== '')
}

/** Fields that end in NUL, decoded as the views decode. */
function fields(args: string[]): string[] {
  const bytes = gitBytes(dir, args)
  const parts: string[] = []
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at)
    parts.push(decodeText(bytes.subarray(at, end)))
    at = end + 1
  }
  return parts
}

async function wholeLog(commit: string, path?: string, limit = 37): Promise<string[]> {
  const oids: string[] = []
  let after: string | undefined
  do {
    const page = await views.log(id, commit, { path, limit, after })
    oids.push(...page.commits.map(({ oid }) => oid))
    expect(page.next === null || page.commits.length === limit).toBe(true)
    after = page.next ?? undefined
  } while (after !== undefined)
  return oids
}

describe('log', () => {
  it('gives the commits of git log in its order, page by page', async () => {
    for (const ref of ['main', 'feature/with/slashes', 'pages']) {
      const commit = git(dir, ['rev-parse', ref])
      expect(await wholeLog(commit)).toEqual(lines(['log', '--format=%H', ref]))
    }
  })

  it('gives those of git log -- path for files and folders, deleted ones too', async () => {
    const everything = new Set(
      lines(['log', '--format=', '--name-only', 'main']).filter((path) => !path.startsWith('"')),
    )
    const paths = ['README.md', 'docs', 'src', 'src/part3', 'docs/odd', 'missing', ...[...everything].slice(0, 60)]
    for (const path of paths) {
      expect(await wholeLog(main, path), path).toEqual(lines(['log', '--format=%H', 'main', '--', path]))
    }
  })

  it('gives the same page again for the same cursor', async () => {
    const first = await views.log(id, main, { limit: 10 })
    const after = first.next ?? ''
    const second = await views.log(id, main, { limit: 10, after })
    expect(await views.log(id, main, { limit: 10, after })).toEqual(second)
    expect(second.commits[0]?.oid).toBe(lines(['log', '--format=%H', '--skip=10', '-1', 'main'])[0])
    await expect(views.log(id, main, { after: 'nonsense' })).rejects.toThrow(RangeError)
  })

  it('describes commits as git does', async () => {
    const format = '%H%x00%P%x00%T%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%s%x00%B'
    for (const oid of lines(['rev-list', '--max-count=120', 'main'])) {
      const [hash, parents, tree, an, ae, at, cn, ce, ct, subject, body] = fields([
        'log',
        '-1',
        '-z',
        `--format=${format}`,
        oid,
      ])
      const commit = await views.commit(id, oid)
      expect([commit.oid, commit.parents.join(' '), commit.tree]).toEqual([hash, parents, tree])
      expect([commit.author.name, commit.author.email, String(commit.author.time)]).toEqual([an, ae, at])
      expect([commit.committer.name, commit.committer.email, String(commit.committer.time)]).toEqual([cn, ce, ct])
      expect([commit.subject, commit.message.trimEnd(), commit.signed]).toEqual([subject, body?.trimEnd(), false])
    }
  })

  it('says that a commit is signed, and takes one without a person, date or message', async () => {
    const tree = git(dir, ['rev-parse', 'main^{tree}'])
    const write = (rest: string): string =>
      git(dir, ['hash-object', '-w', '-t', 'commit', '--literally', '--stdin'], { input: `tree ${tree}\n${rest}` })
    const person = 'A <a@b> 1 +0000\n'
    const signature = 'gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----\n'
    const signed = write(`author ${person}committer ${person}${signature}\nSigned\nsubject\n\nBody\n`)
    expect(await views.commit(id, signed)).toMatchObject({ signed: true, subject: 'Signed subject', tree })
    const bare = await views.log(id, write('author nobody\ncommitter\n\n'))
    expect(bare.commits).toMatchObject([{ subject: '', committer: { time: 0 }, parents: [] }])
  })

  it('stops when it is aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(views.log(id, main, { path: 'missing', signal })).rejects.toThrow('enough')
    await expect(views.lastCommits(id, main, '', { signal })).rejects.toThrow('enough')
    await expect(views.countCommits(id, main, { signal })).rejects.toThrow('enough')
    await expect(views.diff(id, null, main, { signal })).rejects.toThrow('enough')
  })
})

describe('countCommits', () => {
  it('counts as git rev-list does', async () => {
    expect(await views.countCommits(id, main)).toBe(Number(git(dir, ['rev-list', '--count', 'main'])))
  })
})

describe('tree', () => {
  it('lists as git ls-tree does, at all depths', async () => {
    for (const path of [
      '',
      'docs',
      'docs/odd',
      'src',
      `deep/${Array.from({ length: 40 }, (_, i) => `d${i}`).join('/')}`,
    ]) {
      const view = await views.tree(id, main, path)
      expect(
        view.entries.map((entry) => `${entry.mode.toString(8).padStart(6, '0')} ${entry.oid}\t${entry.name}`),
      ).toEqual(fields(['ls-tree', '-z', `main:${path}`]).map((line) => line.replace(/^(\d+) \w+ /, '$1 ')))
      expect(view.oid).toBe(git(dir, ['rev-parse', `main:${path}`]))
      expect(view.entries.every(({ hostile }) => hostile === undefined)).toBe(true)
    }
  })

  it('finds the README, and says what each entry is', async () => {
    const view = await views.tree(id, main, '')
    expect(view.readme).toBe('README.md')
    expect(Object.fromEntries(view.entries.map(({ name, kind }) => [name, kind]))).toMatchObject({
      'README.md': 'file',
      docs: 'tree',
      link: 'symlink',
    })
    expect((await views.tree(id, main, 'docs')).readme).toBeNull()
  })

  it('opens what is not UTF-8 by the name that it shows', async () => {
    const { entries } = await views.tree(id, main, 'docs/odd')
    for (const { name, oid } of entries) expect((await views.blob(id, main, `docs/odd/${name}`)).oid).toBe(oid)
  })

  it('rejects what is not there, or is no folder', async () => {
    for (const path of ['nothing', 'README.md', 'README.md/x', 'docs/nothing'])
      await expect(views.tree(id, main, path), path).rejects.toThrow(PathNotFoundError)
    await expect(views.blob(id, main, 'docs')).rejects.toThrow(PathNotFoundError)
  })
})

describe('lastCommits', () => {
  it('says for each entry what git log -1 says', async () => {
    for (const commit of lines(['rev-list', '--max-count=300', 'main']).filter((_, i) => i % 75 === 0))
      for (const path of ['', 'docs', 'src', 'src/part1']) {
        const last = await views.lastCommits(id, commit, path)
        const names = fields(['ls-tree', '-z', '--name-only', `${commit}:${path}`])
        expect(Object.keys(last).sort()).toEqual([...names].sort())
        for (const name of names.filter((name) => !name.includes('é')))
          expect(last[name]?.oid, `${commit} ${path}/${name}`).toBe(
            git(dir, ['log', '-1', '--format=%H', commit, '--', path === '' ? name : `${path}/${name}`]),
          )
      }
  })
})

describe('blob', () => {
  it('gives bytes, sizes and kinds', async () => {
    const readme = await views.blob(id, main, 'README.md')
    expect(Buffer.from(readme.bytes).equals(gitBytes(dir, ['cat-file', 'blob', 'main:README.md']))).toBe(true)
    expect(readme).toMatchObject({ kind: 'file', truncated: false, binary: false, size: readme.bytes.length })
    expect(await views.blob(id, main, 'link')).toMatchObject({ kind: 'symlink', target: 'docs/picture.png' })
    expect(await views.blob(id, main, 'docs/picture.png')).toMatchObject({ binary: true })
    const noise = await views.blob(id, main, 'assets/noise.bin')
    expect(noise).toMatchObject({ size: 3 << 20, truncated: true, binary: true })
    expect(noise.bytes.length).toBe(2 << 20)
    expect((await views.blob(id, main, 'README.md', { maxBytes: 5 })).bytes.length).toBe(5)
  })
})

describe('resolve', () => {
  it('finds what git rev-parse finds', async () => {
    const feature = git(dir, ['rev-parse', 'feature/with/slashes'])
    const names = [
      'HEAD',
      'main',
      'heads/main',
      'refs/heads/main',
      'feature/with/slashes',
      'latest',
      'tags/latest',
      'nested',
    ]
    for (const name of [...names, 'light', main, main.slice(0, 12), feature.slice(0, 9).toUpperCase()]) {
      const found = await views.resolve(id, name)
      expect(found?.oid, name).toBe(git(dir, ['rev-parse', name]))
      expect(found?.commit, name).toBe(git(dir, ['rev-parse', `${name}^{commit}`]))
    }
    expect((await views.resolve(id, 'HEAD'))?.ref).toBe('refs/heads/main')
    expect((await views.resolve(id, 'latest'))?.ref).toBe('refs/tags/latest')
    expect((await views.resolve(id, 'key'))?.commit).toBeNull()
  })

  it('finds nothing for what names nothing', async () => {
    for (const name of ['', 'no-such', 'abc', 'refs', 'f'.repeat(40), 'ffffffffffff', '../../main', 'main:README.md'])
      expect(await views.resolve(id, name), name).toBeNull()
  })
})
