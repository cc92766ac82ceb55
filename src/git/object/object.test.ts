import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { CASES_TIMEOUT, cases } from '../../../playwright/fixtures/cases.ts'
import { ObjectFormatError } from '../pack/errors.ts'
import { seedRepository, TestRepository } from '../pack/testing/git-oracle.ts'
import {
  checkRefName,
  concat,
  equalBytes,
  fromHex,
  hashObject,
  isOid,
  isSharedRefName,
  linksOf,
  parseCommit,
  parseSignature,
  parseTag,
  parseTree,
  personOf,
  serializeCommit,
  serializeTag,
  serializeTree,
  objectHeader,
  Sha1,
  signatureOf,
  SUBTLE_HASH_BYTES,
  toHex,
  treeEntries,
  utf8,
} from './index.ts'

vi.setConfig({ testTimeout: CASES_TIMEOUT })

let repository: TestRepository

beforeAll(() => {
  repository = new TestRepository()
  seedRepository(repository, 3, 40)
})
afterAll(() => repository[Symbol.dispose]())

const SEED = 20240607

describe('hashing', () => {
  test('small and big, whole and in pieces, as git does', async () => {
    const sha1 = new Sha1()
    for (const size of [0, 1, 300, SUBTLE_HASH_BYTES - 1, SUBTLE_HASH_BYTES, 200_000]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 7) & 255)
      const oid = repository.git(['hash-object', '--stdin'], bytes)
      expect(await hashObject('blob', bytes)).toBe(oid)
      sha1.init()
      sha1.update(objectHeader('blob', size))
      for (let at = 0; at < size; at += 777) sha1.update(bytes.subarray(at, at + 777))
      expect(toHex(sha1.digest())).toBe(oid)
    }
  })

  test('hexadecimal: lower case, an even number, nothing else', () => {
    const oid = 'deadbeef00112233445566778899aabbccddeeff'
    expect(toHex(fromHex(oid))).toBe(oid)
    expect(isOid(oid)).toBe(true)
    for (const bad of [oid.toUpperCase(), oid.slice(1), `${oid}0`, 'g'.repeat(40), `${oid.slice(1)}\u0660`]) {
      expect(isOid(bad)).toBe(false)
    }
    expect(() => fromHex('abc')).toThrow(TypeError)
    expect(() => fromHex('\u0660a')).toThrow(TypeError)
  })
})

describe('commits, trees and tags of stock git', () => {
  test('come back byte for byte, with the links that git sees', () => {
    const lines = repository.git(['cat-file', '--batch-check', '--batch-all-objects']).split('\n')
    for (const line of lines) {
      const [oid, type] = line.split(' ') as [string, string]
      if (type === 'blob') continue
      const bytes = repository.gitBytes(['cat-file', type, oid])
      if (type === 'commit') {
        const commit = parseCommit(bytes)
        expect(serializeCommit(commit)).toEqual(bytes)
        const [tree, parents, author, time] = repository
          .git(['log', '-1', '--format=%T%n%P%n%an <%ae>%n%at', oid])
          .split('\n')
        expect([commit.tree, commit.parents.join(' ')]).toEqual([tree, parents])
        const person = personOf(commit.author)
        expect([`${person.name} <${person.email}>`, String(person.time)]).toEqual([author, time])
        expect(person.offset).toBe(120)
        expect(personOf(commit.committer).offset).toBe(-420)
        expect(linksOf('commit', bytes).map((link) => link.oid)).toEqual([commit.tree, ...commit.parents])
      } else if (type === 'tree') {
        const entries = parseTree(bytes)
        expect(serializeTree(entries)).toEqual(bytes)
        const listed = repository
          .git(['ls-tree', '-z', oid])
          .split('\0')
          .filter((row) => row !== '')
        const ours = entries.map((entry) => {
          const kind = entry.isTree ? 'tree' : entry.isGitlink ? 'commit' : 'blob'
          return `${entry.mode.toString(8).padStart(6, '0')} ${kind} ${entry.oid}\t${new TextDecoder().decode(entry.name)}`
        })
        expect(ours).toEqual(listed)
        expect(linksOf('tree', bytes)).toHaveLength(entries.filter((entry) => !entry.isGitlink).length)
      } else {
        const tag = parseTag(bytes)
        expect(serializeTag(tag)).toEqual(bytes)
        expect(linksOf('tag', bytes)).toEqual([{ oid: tag.object, type: 'commit' }])
      }
    }
  })

  test('signatures, merged tags, encodings and lines that continue', () => {
    const oid = 'a'.repeat(40)
    const bytes = utf8(
      `tree ${oid}\nparent ${oid}\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 2 -0130\nencoding ISO-8859-1\n` +
        `gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----\n` +
        `mergetag object ${oid}\n type commit\n tag x\n \n message\nHG:rename a\n\nfix\n\n indented\n`,
    )
    const commit = parseCommit(bytes)
    expect(commit.encoding).toBe('ISO-8859-1')
    expect(commit.headers.map((header) => header.name)).toEqual(['encoding', 'gpgsig', 'mergetag', 'HG:rename'])
    expect(new TextDecoder().decode(commit.headers[1]?.value)).toContain('SIGNATURE-----\n\nabc\n')
    expect(serializeCommit(commit)).toEqual(bytes)
  })

  test('names that are not UTF-8 are read as Latin-1 and kept as they are', () => {
    const raw = Uint8Array.from([...utf8('J'), 0xf6, ...utf8('rg <j@x> 1700000000 +0530')])
    const signature = parseSignature(raw)
    expect(personOf(signature)).toEqual({ name: 'Jörg', email: 'j@x', time: 1700000000, offset: 330 })
    expect(personOf(signature, 'iso-8859-1').name).toBe('Jörg')
    expect(personOf(signature, 'no such encoding').name).toBe('Jörg')
    expect(signature.raw).toBe(raw)
  })

  test('authors that make no sense do not stop anybody', () => {
    for (const line of ['', '<', '>', 'a', 'a <b', 'a <b> x', '<> 99999999999999999999 +0000', 'a <b>c> 5 -9999']) {
      expect(parseSignature(utf8(line)).raw).toEqual(utf8(line))
    }
    expect(parseSignature(utf8('a <b>c> 5 -0100'))).toMatchObject({ time: 5, offset: -60 })
    const commit = parseCommit(utf8(`tree ${'b'.repeat(40)}\n\nno author`))
    expect(commit.author.time).toBe(0)
  })

  test('a person is written as git writes it', () => {
    const person = { name: ' <Ana> \n', email: 'ana@example.org', time: 1700000000, offset: -210 }
    expect(new TextDecoder().decode(signatureOf(person).raw)).toBe('Ana <ana@example.org> 1700000000 -0330')
    expect(personOf(signatureOf(person))).toEqual({ ...person, name: 'Ana' })
    const name = 'N.\u00e4me'
    const commit = serializeCommit({
      tree: repository.git(['rev-parse', 'main^{tree}']),
      parents: [],
      author: signatureOf({ ...person, name }),
      committer: signatureOf(person),
      headers: [],
      message: utf8('x\n'),
    })
    const oid = repository.git(['hash-object', '-t', 'commit', '-w', '--stdin'], commit)
    expect(repository.git(['log', '-1', '--format=%an', oid])).toBe(name)
  })
})

describe('trees', () => {
  const oid = 'c'.repeat(40)

  test('are sorted as git sorts: folders as if they ended in a slash', () => {
    const names = ['a', 'a.b', 'a0', 'ab', 'B', 'ä']
    const entries = names.map((name) => ({ mode: name === 'a' ? 0o040000 : 0o100644, name: utf8(name), oid }))
    const listing = entries.map((entry) => {
      const mode = entry.mode === 0o040000 ? '040000 tree' : '100644 blob'
      return `${mode} ${oid}\t${new TextDecoder().decode(entry.name)}\0`
    })
    const made = repository.git(['mktree', '-z', '--missing'], listing.reverse().join(''))
    expect(serializeTree(entries)).toEqual(repository.gitBytes(['cat-file', 'tree', made]))
  })

  test('refuse what is no name, and a name twice even where others sort between', () => {
    const tree = (...names: Array<[string, number]>): Uint8Array =>
      serializeTree(names.map(([name, mode]) => ({ mode, name: utf8(name), oid })))
    for (const bad of ['', 'a/b', 'a\0']) expect(() => tree([bad, 0o100644])).toThrow(ObjectFormatError)
    expect(() => tree(['a', 0o100644], ['a.b', 0o100644], ['a', 0o040000])).toThrow(ObjectFormatError)
  })

  test('whatever the bytes, reading ends and throws nothing else', () => {
    const good = concat([utf8('100644 a\0'), fromHex(oid), utf8('40000 d\0'), fromHex(oid)])
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }),
        fc.nat(good.length),
        (edits, length) => {
          const bytes = good.slice(0, length)
          for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value
          let byIterator: unknown
          let byLinks: unknown
          try {
            byIterator = [...treeEntries(bytes)].length
          } catch (error) {
            expect(error).toBeInstanceOf(ObjectFormatError)
          }
          try {
            byLinks = parseTree(bytes).length
          } catch (error) {
            expect(error).toBeInstanceOf(ObjectFormatError)
          }
          expect(byIterator).toEqual(byLinks)
        },
      ),
      cases(SEED),
    )
  })
})

test('commits and tags: whatever the bytes, reading ends and throws nothing else', () => {
  const oid = 'a'.repeat(40)
  const goods = [
    utf8(`tree ${oid}\nparent ${oid}\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\ngpgsig a\n b\n\nm`),
    utf8(`object ${oid}\ntype commit\ntag x\ntagger A <a> 1 +0000\n\nm`),
  ]
  fc.assert(
    fc.property(
      fc.nat(1),
      fc.array(fc.tuple(fc.nat(150), fc.nat(255)), { maxLength: 4 }),
      fc.nat(200),
      (which, edits, length) => {
        const bytes = (goods[which] as Uint8Array).slice(0, length)
        for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value
        for (const parse of [parseCommit, parseTag]) {
          try {
            parse(bytes)
          } catch (error) {
            expect(error).toBeInstanceOf(ObjectFormatError)
          }
        }
      },
    ),
    cases(SEED),
  )
  expect(equalBytes(serializeCommit(parseCommit(goods[0] as Uint8Array)), goods[0] as Uint8Array)).toBe(true)
})

describe('ref names', () => {
  /** What git-check-ref-format says. */
  function git(name: string): boolean {
    try {
      execFileSync('git', ['check-ref-format', name], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  }

  test('are taken where git takes them', () => {
    const names = [
      'refs/heads/main', 'refs/heads/a/b.c', 'main', '@', 'a/@', 'a/@{', 'a/b@{1}', 'a/.b', 'a/b.', 'a/b.lock', 'a/b.lock/c',
      'a//b', '/a/b', 'a/b/', 'a/b..c', 'a/b c', 'a/b~', 'a/b^', 'a/b:', 'a/b?', 'a/b*', 'a/b[', 'a/b\\', 'a/\u007f', 'a/\u0001',
      'a/ü', 'a/-b', 'a/b.LOCK', 'a/b]', 'a/{', 'a./b', 'a/\u202eb', 'refs/heads/@', 'a/.lock',
    ] // prettier-ignore
    for (const name of names) expect([name, checkRefName(name) === null]).toEqual([name, git(name)])
  })

  test('made of what is special to git, at random', () => {
    const alphabet = fc.constantFrom('a', '/', '.', '@', '{', '~', '-', '.lock', '*', ' ', 'é')
    fc.assert(
      fc.property(fc.array(alphabet, { minLength: 1, maxLength: 7 }), (parts) => {
        const name = parts.join('')
        // The command takes it for an option.
        fc.pre(!name.startsWith('-'))
        expect([name, checkRefName(name) === null]).toEqual([name, git(name)])
      }),
      { seed: SEED, numRuns: 150 },
    )
  })

  test('that are shared are branches and tags that read as they are written', () => {
    expect(isSharedRefName('refs/heads/main')).toBe(true)
    expect(isSharedRefName('refs/tags/v1.0')).toBe(true)
    for (const name of [
      'refs/heads/',
      'refs/stash',
      'refs/remotes/o/m',
      'refs/heads/a\u202eb',
      'refs/heads/\ud800',
      'HEAD',
    ]) {
      expect(isSharedRefName(name)).toBe(false)
    }
  })
})
