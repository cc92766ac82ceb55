import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GitServer } from '../../../playwright/fixtures/git-server.ts'
import * as hostile from '../../../playwright/fixtures/hostile.ts'
import { hostileRepository } from '../../../playwright/fixtures/hostile-trees.ts'
import { git, gitBytes } from '../../../playwright/fixtures/git.ts'
import { Random } from '../../../playwright/fixtures/random.ts'
import { makeRepository } from '../../../playwright/fixtures/make-repository.ts'
import { judgeRepository, noDifference, type Verdict } from '../../../playwright/fixtures/oracle.ts'
import { PackError } from '../pack/index.ts'
import {
  RemoteAddressError,
  RemoteBrokenError,
  RemoteError,
  RemoteIncompleteError,
  RemoteNotFoundError,
  RemoteUnreachableError,
} from '../remote/index.ts'
import { band, pktLines, serverOf } from '../remote/testing.ts'
import type { Progress } from '../types.ts'
import { fetchTransport } from '../worker/fetch-transport.ts'
import { EmptyRepositoryError, ImportError, MissingSourceObjectError, UnsupportedRepositoryError } from './errors.ts'
import { MemoryTarget } from './memory-target.ts'
import type { Imported } from './types.ts'
import { importUrl, type UrlOptions } from './url.ts'

const transport = fetchTransport({ fetch, isOnline: () => true })

let dir = ''
let server: GitServer
let target: MemoryTarget
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'url-'))
  server = await GitServer.start(dir)
  target = new MemoryTarget()
})
afterEach(async () => {
  await server.stop()
  rmSync(dir, { recursive: true, force: true })
})

/** The address says https, as all do; what answers is on loopback, where a relay would be. */
async function importFrom(repository: string, options: Partial<UrlOptions> = {}): Promise<Imported> {
  const source = { url: `https://git.example/${repository}`, through: server.url(repository) }
  const imported = await importUrl(target, source, { transport, ...options })
  expect([target.open, target.staged.size]).toEqual([0, 1])
  return imported
}

async function rejection(repository: string, options: Partial<UrlOptions> = {}): Promise<Error> {
  const error: unknown = await importFrom(repository, options).catch((error: unknown) => error)
  expect([target.open, target.staged.size]).toEqual([0, 0])
  expect(error).toBeInstanceOf(Error)
  return error as Error
}

/** What stock git says of the imported pack with its refs. */
function judge({ refs }: Imported, source: string): Verdict {
  const clone = join(dir, 'judged')
  mkdirSync(clone)
  git(clone, ['init', '-q', '--bare', '.'])
  for (const pack of target.staged) gitBytes(clone, ['index-pack', '--stdin', '--strict'], { input: pack })
  for (const { name, oid } of refs) git(clone, ['update-ref', name, oid])
  return judgeRepository(clone, source)
}

describe('importUrl', () => {
  it('takes all branches and tags from stock git, exactly', async () => {
    const source = await makeRepository(join(dir, 'source.git'), { commits: 400, seed: 5, bare: true })
    const progress: Progress[] = []
    const imported = await importFrom('source.git', { onProgress: (report) => progress.push(report) })
    expect(judge(imported, source)).toEqual(noDifference)
    expect(imported.head).toBe('refs/heads/main')
    expect(imported.warnings).toEqual([])
    expect(imported.refs.map(({ name, oid }) => `${oid} ${name}`).join('\n')).toBe(
      git(source, ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads', 'refs/tags']),
    )
    const phases = new Set(progress.map(({ phase }) => phase))
    expect([...phases].slice(0, 2)).toEqual(['ask', 'receive'])
    const received = progress.filter(({ phase }) => phase === 'receive').at(-1)
    expect(received?.totalObjects).toBe(imported.staged.index.count)
    expect(server.asked.map(({ line }) => line)).toEqual([
      'GET /source.git/info/refs?service=git-upload-pack',
      'POST /source.git/git-upload-pack',
      'POST /source.git/git-upload-pack',
    ])
    for (const { headers } of server.asked) {
      expect(headers).toMatchObject({ 'git-protocol': 'version=2' })
      expect([headers.cookie, headers.authorization, headers.referer]).toEqual([undefined, undefined, undefined])
    }
  })

  it('leaves what no branch and no tag reaches on the server', async () => {
    const { path, secrets } = hostile.packedSecretRepository(join(dir, 'secret'))
    const { staged, warnings } = await importFrom('secret')
    for (const secret of secrets) expect(await staged.objects.has(secret)).toBe(false)
    expect(warnings).toEqual([])
    expect(path).toBe(join(dir, 'secret'))
  })

  it('leaves out what a server sends unasked', async () => {
    const source = hostile.plainRepository(join(dir, 'source'), 3)
    const oid = git(source, ['rev-parse', 'main~1'])
    const pack = gitBytes(source, ['pack-objects', '--stdout', '--all', '-q'])
    const { transport } = serverOf({
      refs: pktLines(`${oid} refs/heads/main\n`, 0),
      fetch: pktLines('packfile\n', band(1, pack), 0),
    })
    const { staged, warnings } = await importUrl(target, { url: 'https://a.example/b', through: null }, { transport })
    expect(await staged.objects.has(git(source, ['rev-parse', 'main']))).toBe(false)
    expect(warnings.map(({ kind }) => kind)).toEqual(['unreachable-left-out'])
  })

  it('follows HEAD to a branch, and says where it is detached', async () => {
    const source = hostile.plainRepository(join(dir, 'source'), 3)
    git(source, ['branch', '-m', 'main', 'trunk'])
    git(source, ['branch', 'main', 'trunk~1'])
    expect((await importFrom('source')).head).toBe('refs/heads/trunk')
    git(source, ['switch', '-q', '--detach', 'trunk~1'])
    target = new MemoryTarget()
    const { head, warnings } = await importFrom('source')
    expect(head).toBe('refs/heads/main')
    expect(warnings).toEqual([{ kind: 'detached-head', detail: git(source, ['rev-parse', 'trunk~1']) }])
    git(source, ['branch', '-q', '-D', 'main', 'trunk'])
    target = new MemoryTarget()
    expect((await importFrom('source')).refs).toEqual([
      { name: 'refs/heads/main', oid: git(source, ['rev-parse', 'HEAD']) },
    ])
  })

  it('warns of hostile paths and submodules, and imports them', async () => {
    hostileRepository(join(dir, 'hostile'))
    const { warnings } = await importFrom('hostile')
    expect(warnings).toContainEqual({ kind: 'hostile-path', detail: '.git' })
  })

  it('stops in every phase when it is aborted, and leaves nothing behind', async () => {
    await makeRepository(join(dir, 'source.git'), { commits: 300, big: false, bare: true })
    const phases = new Set<string>()
    await importFrom('source.git', { onProgress: ({ phase }) => phases.add(phase) })
    // Where the machine is fast, the deltas are resolved before there is a report of it.
    expect([...phases].slice(0, 2)).toEqual(['ask', 'receive'])
    for (const phase of phases) {
      target = new MemoryTarget()
      const stop = new AbortController()
      const onProgress = (progress: Progress): void => {
        if (progress.phase === phase) stop.abort(new Error(`enough of ${phase}`))
      }
      const result: unknown = await importFrom('source.git', { onProgress, signal: stop.signal }).catch(
        (error: unknown) => error,
      )
      // The last report of the last phase may come too late to stop anything.
      if (result instanceof Error) {
        expect(result.message).toBe(`enough of ${phase}`)
        expect([target.open, target.staged.size]).toEqual([0, 0])
      } else expect(target.staged.size).toBe(1)
    }
  })

  it('takes no more from the network than its target has written', async () => {
    const source = hostile.plainRepository(join(dir, 'source'))
    const blobs = Array.from({ length: 8 }, (_, i) =>
      git(source, ['hash-object', '-w', '--stdin'], { input: new Random(i).bytes(1 << 20) }),
    )
    const tree = git(source, ['mktree'], { input: blobs.map((blob, i) => `100644 blob ${blob}\tf${i}\n`).join('') })
    const oid = git(source, ['commit-tree', '-m', 'Big', tree])
    const pack = gitBytes(source, ['pack-objects', '--stdout', '--revs', '-q'], { input: `${oid}\n` })
    const lines = Array.from({ length: Math.ceil(pack.length / 60_000) }, (_, i) =>
      pktLines(band(1, pack.subarray(i * 60_000, (i + 1) * 60_000))),
    )
    const answer = [pktLines('packfile\n'), ...lines, pktLines(0)]
    let [given, written, most] = [0, 0, 0]
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = answer.shift()
        if (piece === undefined) return controller.close()
        given += piece.length
        most = Math.max(most, given - written)
        controller.enqueue(piece)
      },
    })
    const { transport } = serverOf({ refs: pktLines(`${oid} refs/heads/main\n`, 0), fetch: body })
    const openSink = target.openSink.bind(target)
    target.openSink = async (options) => {
      const sink = await openSink(options)
      const write = sink.write.bind(sink)
      sink.write = async (bytes) => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        await write(bytes)
        written += bytes.length
      }
      return sink
    }
    await importUrl(target, { url: 'https://a.example/b', through: null }, { transport })
    expect(written).toBe(pack.length)
    expect(pack.length).toBeGreaterThan(8 << 20)
    // A piece that is being written, one that waits in the stream, and what frames them.
    expect(most).toBeLessThan(3 * 60_000)
  })
})

describe('importUrl rejects', () => {
  it('what is not there, and what is no https address', async () => {
    expect(await rejection('nothing.git')).toBeInstanceOf(RemoteNotFoundError)
    const source = { url: 'http://git.example/x', through: server.url('x') }
    await expect(importUrl(target, source, { transport })).rejects.toBeInstanceOf(RemoteAddressError)
    const { port } = server
    const gone = { url: 'https://git.example/x', through: `http://localhost:${port}/x` }
    await server.stop()
    await expect(importUrl(target, gone, { transport })).rejects.toBeInstanceOf(RemoteUnreachableError)
    server = await GitServer.start(dir)
  })

  it('an empty repository, SHA-256, and a shallow clone', async () => {
    hostile.emptyRepository(join(dir, 'empty'))
    expect(await rejection('empty')).toBeInstanceOf(EmptyRepositoryError)
    hostile.sha256Repository(join(dir, 'sha256'))
    expect(await rejection('sha256')).toBeInstanceOf(UnsupportedRepositoryError)
    const shallow = hostile.shallowRepository(dir)
    expect(await rejection(shallow.slice(dir.length + 1))).toBeInstanceOf(RemoteIncompleteError)
  })

  it('a server that says more than it has, less than it must, or breaks off', async () => {
    const source = hostile.plainRepository(join(dir, 'source'), 3)
    const oid = git(source, ['rev-parse', 'main'])
    const pack = gitBytes(source, ['pack-objects', '--stdout', '--all', '-q'])
    const partial = gitBytes(source, ['pack-objects', '--stdout', '-q'], { input: `${oid}\n` })
    const flipped = Uint8Array.from(pack)
    flipped[40] = (flipped[40] ?? 0) ^ 1
    const cases: Array<[Uint8Array<ArrayBuffer>, abstract new (...args: never[]) => Error]> = [
      [pktLines('packfile\n', band(1, partial), 0), MissingSourceObjectError],
      [pktLines('packfile\n', band(1, pack.subarray(0, -30)), 0), PackError],
      [pktLines('packfile\n', band(1, flipped), 0), PackError],
      [pktLines('packfile\n', band(1, pack), band(1, 'more'), 0), PackError],
      [pktLines('packfile\n', 0), PackError],
      [pktLines('packfile\n', band(1, pack)), RemoteError],
    ]
    for (const [fetch, type] of cases) {
      const { transport } = serverOf({ refs: pktLines(`${oid} refs/heads/main\n`, 0), fetch })
      expect(await rejection('source', { transport })).toBeInstanceOf(type)
    }
    // A ref that the pack does not bring.
    const unknown = 'd'.repeat(40)
    const fetch = pktLines('packfile\n', band(1, pack), 0)
    const { transport } = serverOf({ refs: pktLines(`${unknown} refs/heads/main\n`, 0), fetch })
    expect(await rejection('source', { transport })).toBeInstanceOf(ImportError)
  })

  it('a connection that breaks in the middle of the pack', async () => {
    await server.stop()
    hostile.plainRepository(join(dir, 'source'), 2)
    let posts = 0
    server = await GitServer.start(dir, {
      intercept: ({ method }, response) => {
        if (method !== 'POST' || ++posts < 2) return false
        response.setHeader('Content-Type', 'application/x-git-upload-pack-result')
        response.write(pktLines('packfile\n', band(1, 'PACK\0\0\0\x02\0\0\0\x09')), () => response.destroy())
        return true
      },
    })
    expect(await rejection('source')).toBeInstanceOf(RemoteBrokenError)
  })

  it('an object above the limit', async () => {
    hostile.hugeFileRepository(join(dir, 'huge'))
    const error = await rejection('huge')
    expect(error.message).toMatch(/above the limit/)
  }, 60_000)
})
