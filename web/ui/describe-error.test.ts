import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ErrorWords } from './describe-error.ts'
import { describeError } from './describe-error.ts'
import { inPlainWords } from './plain-words.ts'

function named(name: string, message = 'what happened') {
  return Object.assign(new Error(message), { name })
}

describe('describeError', () => {
  it('lets our own errors speak for themselves', () => {
    expect(describeError(named('NotABundleError', 'This is no bundle.'))).toEqual({
      title: 'That did not work',
      message: 'This is no bundle.',
    })
  })

  it('offers room where the browser is full, whoever says so', () => {
    for (const name of ['QuotaError', 'QuotaExceededError']) {
      expect(describeError(named(name))).toMatchObject({ title: 'This browser is full', link: { href: '#/settings' } })
    }
  })

  it('keeps the stack of what is our fault', () => {
    const words = describeError(new TypeError('x is undefined'))
    expect(words.detail).toContain('describe-error.test')
    expect(words.advice).toMatch(/Reload/)
  })

  it('takes an error by its shape, as a worker sends it, and anything else that was thrown', () => {
    expect(describeError({ name: 'BundleError', message: 'cut short' })).toMatchObject({ message: 'cut short' })
    expect(describeError('why')).toMatchObject({ message: 'why' })
    expect(describeError(undefined)).toMatchObject({ message: 'undefined' })
  })

  it("gives the browser's own words for storage only to who asks for them", () => {
    for (const name of ['InvalidStateError', 'UnknownError', 'SecurityError', 'AbortError', 'TimeoutError']) {
      const { title, message, advice } = describeError(new DOMException('IDBFactory: internal error', name))
      expect(`${title} ${message} ${advice ?? ''}`).not.toMatch(/IDB|internal/)
    }
  })

  it('tells a folder without .git from a fault of the page', () => {
    const error = new DOMException('The node to be removed is not a child of this node.', 'NotFoundError')
    expect(describeError(error).title).toBe('Something went wrong in this page')
    expect(describeError(error, { reading: true }).title).toBe('No repository in there')
  })
})

describe('inPlainWords', () => {
  it('puts a word of the screen where one of the code stood', () => {
    expect(inPlainWords('a chunk that does not match its hash')).toBe('a piece that does not match its hash')
    expect(inPlainWords('Chunk 3 of pack 1 is not in its manifest')).toBe(
      'Piece 3 of set of objects 1 is not in its list of pieces',
    )
    expect(inPlainWords('Run git repack -adf.')).toBe('Run git repack -adf.')
  })
})

/** Never on the screen (UX.md). */
const FORBIDDEN = /\b(packs?|manifests?|chunks?|envelopes?|canonical|multiaddrs?|did:key)\b/i
/** "Peer" stands on the network page alone. */
const PEER = /\bpeers?\b/i

const OID = '1'.repeat(40)
const PEER_ID = '12D3KooWExample'
const URL_OF_GIT = 'https://git.example.org/ana/notes.git'
/** What classes without a default are made of: as bad as it gets. */
const MADE_OF: Record<string, unknown[]> = {
  GitProxyError: [URL_OF_GIT, 'busy'],
  NotAGitServerError: [URL_OF_GIT],
  OldGitServerError: [URL_OF_GIT],
  RemoteBlockedError: [URL_OF_GIT],
  RemoteBrokenError: [URL_OF_GIT],
  RemoteIncompleteError: [URL_OF_GIT],
  RemoteNotFoundError: [URL_OF_GIT, 404],
  RemoteStalledError: [URL_OF_GIT, 30_000],
  RemoteStatusError: [URL_OF_GIT, 500],
  RemoteTooLargeError: ['bytes', 2 << 20],
  RemoteUnreachableError: [URL_OF_GIT],
  RemoteError: ['It could not be fetched.'],
  AmbiguousRevisionError: ['12', [OID]],
  AnnouncementError: ['its envelope is damaged'],
  AnnouncementTooLargeError: [2048, 1024],
  BrokenRefError: ['refs/heads/main', 'is cut off'],
  ChunkMismatchError: ['ab', 3],
  ClaimRefusedError: ['wrong'],
  CommitPathError: ['a:b', 'has a colon'],
  CorruptSourceObjectError: [OID, 'its entry in the pack does not check.'],
  DeltaChainError: [4096],
  DiffTooLargeError: [1000],
  DivergedError: ['refs/heads/main'],
  DocumentError: ['it', 'is no canonical document'],
  DuplicateObjectError: [OID],
  FileTooLargeError: ['a.bin', OID, 200 << 20, 100 << 20],
  FrameTooLongError: [2048, 1024],
  HeaderError: ['the envelope is damaged'],
  HelloBusyError: [PEER_ID, 100],
  IdleTimeoutError: [30_000],
  IncompleteRepositoryError: ['shallow'],
  InvalidAttestationError: ['the envelope holds something else'],
  InvalidKeyError: ['it is cut off'],
  InvalidRelayAddressError: ['/ip4/1', 'it is no multiaddr'],
  LimitExceededError: ['maintainers', 16],
  LinkError: ['token'],
  MalformedHelloError: [PEER_ID, 'no envelope'],
  MergeRequestError: ['There is nothing to merge.'],
  MessageTooLongError: [2048, 1024],
  MissingSourceObjectError: [OID, 'main'],
  NetworkSettingError: ['devices', 'a whole number is needed'],
  NoDirectConnectionError: [PEER_ID],
  NoFreePeerKeyError: [256],
  NotMaintainerError: ['refs/heads/main', ['Ana']],
  ObjectNotHereError: [OID],
  ObjectTooLargeError: [200, 100],
  ObjectTypeError: [OID, 'tree', 'blob'],
  PackTooLargeError: [100],
  PathNotFoundError: ['a/b'],
  PeerDeniedError: [PEER_ID, 'a chunk that does not match its hash', 0],
  PeerFaultError: [PEER_ID, 'a chunk that does not match its hash'],
  QueueOverrunError: [1024],
  RateLimitedError: [PEER_ID, 'sync', 100],
  RefsListError: ['refs/heads/main', 'is not canonical'],
  RelayedTooLargeError: [100],
  RemoteRefusedError: [PEER_ID, 'BUSY'],
  StoredRowError: ['key', 3],
  TokenError: ['x'],
  TooLargeError: [100, true],
  TooManyLinksError: [100],
  TooManyStreamsError: [PEER_ID, 32],
  TreeTooDeepError: [2048],
  UnexpectedMessageError: ['in answer to GetManifest, no manifest'],
  UnknownRepositoryError: ['token'],
  UnreachableError: [PEER_ID],
  UnsupportedHelloError: [PEER_ID, 2],
  UnsupportedRepositoryError: ['sha256'],
  WireError: ['getChunks.ranges', 'is no list of chunks'],
  WrongTypeError: [OID, 'tree', 'blob'],
}
/** Caught where they are thrown, or thrown in the relay's process alone. */
const INSIDE = new Set(['FileSystemError', 'NotAdmittedError', 'RelayedBytesError', 'WrongPongError'])

interface Found {
  name: string
  file: string
}

function findErrors(folder: string): Found[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.(test|suite)\.ts$|(^|\/)(pb|testing)\//.test(file))
    .flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(/\bclass (\w+Error)\b/g)].map(([, name = '']) => ({
        name,
        file: `../../${folder}/${file}`,
      })),
    )
}

function wordsOf({ title, message, advice, link }: ErrorWords): string {
  return [title, message, advice, link?.text].join(' ')
}

describe('every error of ours that may reach the screen', () => {
  const found = ['src/git', 'src/sync', 'src/peer'].flatMap(findErrors).filter(({ name }) => !INSIDE.has(name))

  it('is found', () => expect(found.length).toBeGreaterThan(70))

  it.each(found)('$name is in words for people', async ({ name, file }) => {
    const module = (await import(/* @vite-ignore */ file)) as Record<string, new (...made: unknown[]) => Error>
    const Class = module[name]
    expect(Class, `${name} is not exported from ${file}`).toBeDefined()
    const plain = (): Error => {
      const made = new Class!()
      return made.message === '' ? new Class!('It could not be done.') : made
    }
    const error = MADE_OF[name] === undefined ? plain() : new Class!(...MADE_OF[name])
    const words = wordsOf(describeError(error))
    expect(words).not.toMatch(FORBIDDEN)
    expect(words).not.toMatch(PEER)
    expect(words).not.toContain(PEER_ID)
    expect(words).not.toMatch(/undefined|\[object|NaN/)
    expect(describeError(error).message.length).toBeGreaterThan(10)
  })
})
