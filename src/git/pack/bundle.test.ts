import { writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { CASES_TIMEOUT, cases } from '../../../playwright/fixtures/cases.ts'
import { concat, utf8 } from '../object/index.ts'
import { encodeBundleHeader, guessHead, MAX_BUNDLE_HEADER_BYTES, parseBundleHeader } from './bundle.ts'
import * as errors from './bundle-errors.ts'
import { seedRepository, TestRepository } from './testing/git-oracle.ts'

vi.setConfig({ testTimeout: CASES_TIMEOUT })

let repository: TestRepository
beforeAll(() => {
  repository = new TestRepository()
  seedRepository(repository, 2, 30)
})
afterAll(() => repository[Symbol.dispose]())

const OID = 'a'.repeat(40)

/** Refs as git lists them. */
function refs(): Array<{ oid: string; name: string }> {
  const lines = repository.git(['for-each-ref', '--format=%(objectname) %(refname)']).split('\n')
  return lines.map((line) => ({ oid: line.slice(0, 40), name: line.slice(41) }))
}

function bundle(...args: string[]): Uint8Array {
  const options = args.filter((arg) => arg.startsWith('--version'))
  return repository.gitBytes([
    'bundle',
    'create',
    '-q',
    ...options,
    '-',
    ...args.filter((arg) => !options.includes(arg)),
  ])
}

describe('bundles of stock git', () => {
  test.each(['2', '3'])('version %s', (version) => {
    const bytes = bundle(`--version=${version}`, 'HEAD', '--branches', '--tags')
    const header = parseBundleHeader(bytes)
    expect(header?.version).toBe(Number(version))
    expect(header?.refs.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(refs())
    expect(header?.head).toBe(repository.git(['rev-parse', 'HEAD']))
    expect(header?.prerequisites).toEqual([])
    expect(header === null ? null : guessHead(header)).toBe('refs/heads/main')
    expect(new TextDecoder().decode(bytes.subarray(header?.packAt, (header?.packAt ?? 0) + 4))).toBe('PACK')
  })

  test('in part: the header is asked for more, and never guessed', () => {
    const bytes = bundle('--branches')
    const packAt = parseBundleHeader(bytes)?.packAt ?? 0
    for (let length = 0; length < packAt; length++) expect(parseBundleHeader(bytes.subarray(0, length))).toBeNull()
    expect(parseBundleHeader(bytes.subarray(0, packAt))?.packAt).toBe(packAt)
  })

  test('that continue a history name what they need', () => {
    const parent = repository.git(['rev-parse', 'main~2'])
    const header = parseBundleHeader(bundle('main', '^main~2'))
    expect(header?.prerequisites.map((each) => each.oid)).toContain(parent)
    expect(header?.prerequisites[0]?.comment).toMatch(/^commit \d+$/)
  })

  test('that leave objects out are refused with their filter', () => {
    const partial = bundle('--filter=blob:none', 'main')
    expect(() => parseBundleHeader(partial)).toThrow(errors.PartialBundleError)
    expect(() => parseBundleHeader(partial)).toThrow('blob:none')
  })

  test('ours is cloned by stock git, with its branch checked out', () => {
    using target = new TestRepository()
    const head = repository.git(['rev-parse', 'main'])
    const pack = repository.pack(['--delta-base-offset'])
    writeFileSync(target.file('b.bundle'), concat([encodeBundleHeader(refs(), head), pack]))
    target.git(['clone', '-q', 'b.bundle', 'clone'])
    expect(target.git(['-C', 'clone', 'rev-parse', 'HEAD'])).toBe(head)
    expect(target.git(['-C', 'clone', 'symbolic-ref', 'HEAD'])).toBe('refs/heads/main')
    target.git(['-C', 'clone', 'fsck', '--full', '--strict'])
  })
})

describe('what is refused, and why', () => {
  test.each([
    ['a zip', 'PK\x03\x04', errors.NotABundleError],
    ['a pack', 'PACK\0\0\0\x02', errors.NotABundleError],
    ['version 4', '# v4 git bundle\n\n', errors.NotABundleError],
    ['sha256 by capability', '# v3 git bundle\n@object-format=sha256\n', errors.BundleFormatError],
    ['sha256 by its oids', `# v2 git bundle\n${'a'.repeat(64)} refs/heads/main\n\n`, errors.BundleFormatError],
    ['a capability of the future', '# v3 git bundle\n@teleport\n', errors.BundleCapabilityError],
    ['a capability in version 2', '# v2 git bundle\n@filter=blob:none\n', errors.BundleError],
    ['a capability after a ref', `# v3 git bundle\n${OID} refs/heads/a\n@filter=x\n`, errors.BundleError],
    ['no oid', '# v2 git bundle\nhello world\n', errors.BundleError],
    ['a ref without name', `# v2 git bundle\n${OID}\n`, errors.BundleError],
    ['a prerequisite after a ref', `# v2 git bundle\n${OID} refs/heads/a\n-${OID} x\n`, errors.BundleError],
    ['a line without end', `# v2 git bundle\n${'x'.repeat(70_000)}`, errors.BundleError],
  ])('%s', (_, text, cause) => {
    expect(() => parseBundleHeader(utf8(text))).toThrow(cause)
  })

  test('a header one byte above the limit', () => {
    const line = `${OID} refs/heads/${'x'.repeat(60_000)}\n`
    const head = '# v2 git bundle\n' + line.repeat(Math.ceil(MAX_BUNDLE_HEADER_BYTES / line.length))
    expect(parseBundleHeader(utf8(head.slice(0, MAX_BUNDLE_HEADER_BYTES - 100)))).toBeNull()
    expect(() => parseBundleHeader(utf8(`${head}\n`))).toThrow(errors.BundleTooLargeError)
  })

  test('refs that are no refs are left out', () => {
    const header = parseBundleHeader(utf8(`# v2 git bundle\n${OID} refs/heads/a..b\n${OID} refs/heads/a\n\n`))
    expect(header?.refs).toEqual([{ oid: OID, name: 'refs/heads/a' }])
    expect(header === null ? '' : guessHead(header)).toBe('refs/heads/a')
  })

  test('whatever the bytes: it ends, and throws nothing but a BundleError', () => {
    const good = utf8(`# v3 git bundle\n@object-format=sha1\n-${OID} c\n${OID} HEAD\n${OID} refs/heads/main\n\nPACK`)
    const edit = fc.tuple(fc.nat(good.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 5 }), fc.nat(good.length), (edits, length) => {
        const bytes = good.slice(0, length)
        for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value
        try {
          parseBundleHeader(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(errors.BundleError)
        }
      }),
      cases(20240608),
    )
  })
})
