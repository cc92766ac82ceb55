import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { CASES_TIMEOUT, cases } from '../../../playwright/fixtures/cases.ts'
import { remoteUrl } from './address.ts'
import {
  GitProxyError,
  NotAGitServerError,
  OldGitServerError,
  RemoteAddressError,
  RemoteBlockedError,
  RemoteBrokenError,
  RemoteError,
  RemoteIncompleteError,
  RemoteNotFoundError,
  RemoteProtocolError,
  ServerRefusedError,
  RemoteStalledError,
  RemoteStatusError,
  RemoteTooLargeError,
  RemoteUnreachableError,
} from './errors.ts'
import { MAX_REMOTE_REFS } from './ls-refs.ts'
import { Remote, type RemoteOptions } from './remote.ts'
import { band, CAPABILITIES, pktLines, serverOf, type Answer, type Answers } from './testing.ts'
import { NoAnswerError } from './transport.ts'

vi.setConfig({ testTimeout: CASES_TIMEOUT })

const url = 'https://git.example/ana/code.git'
const source = { url, through: null }
const oid = 'a'.repeat(40)

const open = async (answers: Answers, options: Partial<RemoteOptions> = {}) =>
  await Remote.open(source, { transport: serverOf(answers).transport, ...options })

async function pack(fetch: Answer, options: Partial<RemoteOptions> = {}): Promise<string> {
  const remote = await open({ fetch }, options)
  const pieces: string[] = []
  for await (const piece of remote.pack([oid])) pieces.push(Buffer.from(piece).toString())
  return pieces.join('')
}

const rejection = async (work: Promise<unknown>): Promise<Error> => {
  const error: unknown = await work.then(
    () => new Error('It was taken.'),
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(RemoteError)
  return error as Error
}

/** A stream that gives `pieces` and then neither ends nor goes on; says whether it was cancelled. */
function silent(...pieces: Uint8Array[]): { body: ReadableStream<Uint8Array>; cancelled: () => boolean } {
  let cancelled = false
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => pieces.forEach((piece) => controller.enqueue(piece)),
    cancel: () => void (cancelled = true),
  })
  return { body, cancelled: () => cancelled }
}

describe('remoteUrl', () => {
  it.each([
    ['https://github.com/git/git', 'https://github.com/git/git'],
    ['https://GitHub.com:443/git/git.git/', 'https://github.com/git/git.git'],
    ['https://git.sr.ht/~ana/code', 'https://git.sr.ht/~ana/code'],
    ['https://localhost:4433/a%20b.git', 'https://localhost:4433/a%20b.git'],
    ['https://git.example/a/../b.git', 'https://git.example/b.git'],
    ['https://git.example/a#readme', 'https://git.example/a'],
  ])('reads %s', (text, read) => expect(remoteUrl(text)).toBe(read))

  it.each([
    '',
    'git@github.com:git/git.git',
    'github.com/git/git',
    'http://github.com/git/git',
    'ssh://github.com/git/git',
    'file:///etc/passwd',
    'https://github.com',
    'https://github.com/',
    'https://ana@github.com/git/git',
    'https://ana:secret@github.com/git/git',
    'https://github.com/git/git?x=1',
    'https://github.com/$(reboot)/git',
    'https://github.com/a;b/git',
    'https://github.com/a//b',
    `https://github.com/${'a'.repeat(2000)}`,
  ])('refuses %j', (text) => expect(() => remoteUrl(text)).toThrow(RemoteAddressError))
})

describe('Remote.open', () => {
  it('asks for version 2 and reads what the server can do, with or without the line of its service', async () => {
    const { transport, asked } = serverOf({
      info: pktLines(
        '# service=git-upload-pack\n',
        0,
        'version 2\n',
        'ls-refs\n',
        'fetch\n',
        'object-format=sha256',
        0,
      ),
    })
    expect((await Remote.open(source, { transport })).objectFormat).toBe('sha256')
    expect(asked).toMatchObject([
      { method: 'GET', url: `${url}/info/refs?service=git-upload-pack`, headers: { 'Git-Protocol': 'version=2' } },
    ])
    expect((await open({})).objectFormat).toBe('sha1')
  })

  it('asks the relay where it is given one', async () => {
    const { transport, asked } = serverOf({ refs: pktLines(0) })
    await (await Remote.open({ url, through: 'http://localhost:8080/proxy/x' }, { transport })).refs()
    expect(asked.map(({ url }) => url)).toEqual([
      'http://localhost:8080/proxy/x/info/refs?service=git-upload-pack',
      'http://localhost:8080/proxy/x/git-upload-pack',
    ])
  })

  it('follows a redirect of the first answer for good', async () => {
    const { transport, asked } = serverOf({
      info: { body: CAPABILITIES, url: 'https://new.example/b.git/info/refs?service=git-upload-pack' },
      refs: pktLines(0),
    })
    await (await Remote.open(source, { transport })).refs()
    expect(asked[1]?.url).toBe('https://new.example/b.git/git-upload-pack')
  })

  it.each([
    'http://git.example/ana/code.git/info/refs?service=git-upload-pack',
    'https://git.example/login',
    'https://git.example/ana/code.git/info/refs?service=git-receive-pack',
  ])('does not follow one to %s', async (elsewhere) => {
    expect(await rejection(open({ info: { body: CAPABILITIES, url: elsewhere } }))).toBeInstanceOf(NotAGitServerError)
  })

  const oldest = pktLines('# service=git-upload-pack\n', 0, `${oid} HEAD\0multi_ack symref=HEAD:refs/heads/main\n`, 0)
  const html = { 'Content-Type': 'text/html' }
  const refusals: Array<[string, Answer, abstract new (...args: never[]) => Error, RegExp]> = [
    ['version 0', oldest, OldGitServerError, /older git protocol.*git clone --mirror https:\/\/git\.example/],
    ['version 1', pktLines('# service=git-upload-pack\n', 0, 'version 1\n', 0), OldGitServerError, /older/],
    ['SHA-256 of version 0', pktLines(`${'b'.repeat(64)} HEAD\0\n`, 0), OldGitServerError, /older/],
    ['401', { status: 401 }, RemoteNotFoundError, /there is none, or it is private/],
    ['403', { status: 403 }, RemoteNotFoundError, /private/],
    ['404', { status: 404 }, RemoteNotFoundError, /git clone --mirror/],
    ['a page', { body: pktLines('hello'), headers: html }, NotAGitServerError, /no git repository/],
    ['a dumb server', { headers: { 'Content-Type': 'text/plain' } }, NotAGitServerError, /no git repository/],
    ['other lines', pktLines('hello', 0), NotAGitServerError, /no git repository/],
    ['nothing', pktLines(), NotAGitServerError, /no git repository/],
    ['no lines', new TextEncoder().encode('<html>'), RemoteProtocolError, /no length/],
    ['500', { status: 500 }, RemoteStatusError, /status 500/],
    ['429', { status: 429 }, RemoteStatusError, /few minutes/],
    ['an error', pktLines('ERR no\u202e such\n thing'), ServerRefusedError, /“no such thing”/],
    ['no ls-refs', pktLines('version 2\n', 'fetch\n', 0), RemoteProtocolError, /neither/],
    ['an early end', pktLines('version 2\n', 'fetch\n'), RemoteProtocolError, /too early/],
    ['a delimiter', pktLines('version 2\n', 1), RemoteProtocolError, /damaged/],
    ['off', { status: 403, headers: { 'Git-Proxy-Error': 'off' } }, GitProxyError, /on its own computer/],
    ['busy', { status: 503, headers: { 'Git-Proxy-Error': 'busy' } }, GitProxyError, /Try again in a minute/],
    ['odd', { status: 502, headers: { 'Git-Proxy-Error': 'toString' } }, GitProxyError, /does not fetch that/],
    ['not-git', { status: 502, headers: { 'Git-Proxy-Error': 'not-git' } }, NotAGitServerError, /no git repository/],
  ]
  it.each(refusals)('says what is there instead: %s', async (_, info, type, message) => {
    const error = await rejection(open({ info }))
    expect(error).toBeInstanceOf(type)
    expect(error.message).toMatch(message)
  })

  it.each([
    ['blocked', null, RemoteBlockedError, /pages of other sites.*bundle create.*--share/s],
    ['unreachable', null, RemoteUnreachableError, /^git\.example cannot be reached/],
    ['offline', null, RemoteUnreachableError, /offline/],
    ['blocked', 'http://localhost:8080/proxy/x', RemoteUnreachableError, /^localhost:8080 cannot/],
  ] as const)('says why nobody answers: %s', async (reason, through, type, message) => {
    const transport = async () => await Promise.reject(new NoAnswerError(reason))
    const error = await rejection(Remote.open({ url, through }, { transport }))
    expect(error).toBeInstanceOf(type)
    expect(error.message).toMatch(message)
  })

  it('waits for no answer longer than it says, and not after an abort', async () => {
    const never = async () => await new Promise<never>(() => undefined)
    expect(await rejection(Remote.open(source, { transport: never, idleMs: 20 }))).toBeInstanceOf(RemoteStalledError)
    const enough = new Error('enough')
    const stop = new AbortController()
    setTimeout(() => stop.abort(enough), 20)
    await expect(Remote.open(source, { transport: never, signal: stop.signal })).rejects.toBe(enough)
    await expect(Remote.open(source, { transport: never, signal: AbortSignal.abort(enough) })).rejects.toBe(enough)
  })

  it('reads a list of capabilities that has the limit, and none that is longer', async () => {
    const of = (bytes: number) => {
      const filler = Buffer.alloc(bytes - CAPABILITIES.length - 4, 'x')
      return pktLines('version 2\n', filler, 'agent=test\n', 'ls-refs\n', 'fetch=shallow\n', 'object-format=sha1\n', 0)
    }
    expect(of(65_536).length).toBe(65_536)
    await open({ info: of(65_536) })
    const tooLong = pktLines('version 2\n', Buffer.alloc(65_000), Buffer.alloc(1000), 'ls-refs\n', 'fetch\n', 0)
    expect(await rejection(open({ info: tooLong }))).toMatchObject({ what: 'answer', limit: 65_536 })
  })
})

describe('refs', () => {
  const refs = async (answer: Answer) => await (await open({ refs: answer })).refs()

  it('reads branches, tags and HEAD, and leaves out everything else', async () => {
    const listed = pktLines(
      `${oid} HEAD symref-target:refs/heads/main\n`,
      `${oid} refs/heads/main`,
      `${oid} refs/pull/1/head\n`,
      `${oid} refs/heads/a\u202eb\n`,
      Buffer.from(`${oid} refs/heads/caf\xe9\n`, 'latin1'),
      `${oid} refs/tags/v1 peeled:${'b'.repeat(40)}\n`,
      0,
    )
    expect(await refs(listed)).toEqual({
      refs: [
        { name: 'refs/heads/main', oid },
        { name: 'refs/tags/v1', oid },
      ],
      head: { oid, target: 'refs/heads/main' },
      skipped: ['refs/heads/a b', 'refs/heads/café'],
    })
    expect((await refs(pktLines(`${oid} HEAD`, 0))).head).toEqual({ oid, target: null })
  })

  it('names itself and the object format only to servers that do', async () => {
    const body = async (info: Uint8Array<ArrayBuffer>) => {
      const { transport, asked } = serverOf({ info, refs: pktLines(0) })
      await (await Remote.open(source, { transport })).refs()
      return new TextDecoder().decode(asked[1]?.body)
    }
    expect(await body(CAPABILITIES)).toMatch(
      /^0014command=ls-refs\n001.agent=guts-browser\n0017object-format=sha1\n0001/,
    )
    expect(await body(pktLines('version 2\n', 'ls-refs', 'fetch', 0))).toMatch(
      /^0014command=ls-refs\n00010....?symrefs/,
    )
  })

  it('takes as many as may be kept, and not one more', async () => {
    const lines = (count: number) => Array.from({ length: count }, (_, i) => `${oid} refs/heads/b${i}\n`)
    expect((await refs(pktLines(...lines(MAX_REMOTE_REFS), 0))).refs.length).toBe(MAX_REMOTE_REFS)
    const error = await rejection(refs(pktLines(...lines(MAX_REMOTE_REFS + 1), 0)))
    expect(error).toMatchObject({ name: RemoteTooLargeError.name, what: 'refs', limit: MAX_REMOTE_REFS })
    expect(error.message).toContain('10,000 branches and tags')
    // What is left out counts too.
    const odd = Array.from({ length: MAX_REMOTE_REFS + 1 }, (_, i) => `${oid} refs/heads/\u202e${i}\n`)
    expect(await rejection(refs(pktLines(...odd, 0)))).toBeInstanceOf(RemoteTooLargeError)
  })

  it('stops an answer that does not end', async () => {
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) =>
      controller.enqueue(pktLines(...Array.from({ length: 5000 }, (_, i) => `${oid} refs/pull/${i}/head\n`)))
    const error = await rejection(refs(new ReadableStream({ pull })))
    expect(error).toMatchObject({ what: 'answer', limit: 16 << 20 })
  })

  it.each([
    ['no id', pktLines('hello refs/heads/main', 0), /damaged/],
    ['a SHA-256 id', pktLines(`${'a'.repeat(64)} refs/heads/main`, 0), /damaged/],
    ['no name', pktLines(`${oid} `, 0), /damaged/],
    ['one name twice', pktLines(`${oid} refs/heads/a`, `${oid} refs/heads/a`, 0), /damaged/],
    ['a delimiter', pktLines(`${oid} refs/heads/a`, 1), /damaged/],
    ['an early end', pktLines(`${oid} refs/heads/a`), /too early/],
    ['an error', pktLines('ERR not now'), /“not now”/],
  ])('refuses %s', async (_, answer, message) => {
    expect((await rejection(refs(answer))).message).toMatch(message)
  })
})

describe('pack', () => {
  it('asks for what it wants and gives what comes, as it comes', async () => {
    const { transport, asked } = serverOf({
      fetch: pktLines('packfile\n', band(2, 'Counting\n'), band(1, 'PACK'), band(1, ''), band(1, '…'), 0),
    })
    const remote = await Remote.open(source, { transport })
    const pieces: string[] = []
    for await (const piece of remote.pack([oid, 'b'.repeat(40)])) pieces.push(Buffer.from(piece).toString())
    expect(pieces).toEqual(['PACK', '…'])
    expect(new TextDecoder().decode(asked[1]?.body)).toBe(
      `0012command=fetch\n0017agent=guts-browser\n0017object-format=sha1\n0001000eofs-delta\n` +
        `0032want ${oid}\n0032want ${'b'.repeat(40)}\n0009done\n0000`,
    )
  })

  it('reports what the server says it is doing', async () => {
    const reports: unknown[] = []
    const said = [
      'Enumerating objects: 5, done.\n',
      'Counting objects:  20% (1/5)\rCounting objects:  40% (2/5)\r',
      'Compressing objects: 100% (3/3), done.\n',
      '\u001b[31mCounting objects: lots\n',
    ]
    const after = band(2, 'Counting objects: 50% (1/2)\r')
    const answer = pktLines('packfile\n', ...said.map((line) => band(2, line)), band(1, 'PACK'), after, 0)
    await pack(answer, { onProgress: (progress) => reports.push(progress) })
    expect(reports).toEqual([
      { phase: 'ask', objects: 2, totalObjects: 5 },
      { phase: 'ask', objects: 3, totalObjects: 3 },
    ])
  })

  it.each([
    ['a shallow server', pktLines('shallow-info\n', `shallow ${oid}`, 1, 'packfile\n', 0), RemoteIncompleteError],
    ['acknowledgments that were not asked for', pktLines('acknowledgments\n', 'NAK\n', 0), RemoteProtocolError],
    ['no section', pktLines(0), RemoteProtocolError],
    ['an unknown band', pktLines('packfile\n', band(4, 'x'), 0), RemoteProtocolError],
    ['a line without a band', pktLines('packfile\n', ''), RemoteProtocolError],
    ['a delimiter', pktLines('packfile\n', band(1, 'PACK'), 1, 0), RemoteProtocolError],
    ['an early end', pktLines('packfile\n', band(1, 'PACK')), RemoteProtocolError],
    [
      'an error in its band',
      pktLines('packfile\n', band(1, 'PACK'), band(3, 'out of\u0007 memory\n')),
      ServerRefusedError,
    ],
    ['an error in place of a section', pktLines('ERR upload-pack: not our ref'), ServerRefusedError],
    ['a redirect', { status: 0 }, NotAGitServerError],
  ] as Array<[string, Answer, abstract new (...args: never[]) => Error]>)('refuses %s', async (_, answer, type) => {
    expect(await rejection(pack(answer))).toBeInstanceOf(type)
  })

  it('stops one byte beyond the limit', async () => {
    const answer = pktLines('packfile\n', band(1, Buffer.alloc(1000)), 0)
    expect((await pack(answer, { maxPackBytes: answer.length })).length).toBe(1000)
    const error = await rejection(pack(answer, { maxPackBytes: answer.length - 1 }))
    expect(error).toMatchObject({ what: 'bytes', limit: answer.length - 1 })
  })

  it('waits for each piece anew, and stops when none comes', async () => {
    const { body, cancelled } = silent(pktLines('packfile\n', band(1, 'PACK')))
    expect(await rejection(pack(body, { idleMs: 30 }))).toBeInstanceOf(RemoteStalledError)
    expect(cancelled()).toBe(true)
    const slow = new ReadableStream<Uint8Array>({
      async start(controller) {
        for (const piece of [
          pktLines('packfile\n'),
          ...Array<Uint8Array>(6).fill(pktLines(band(1, '.'))),
          pktLines(0),
        ]) {
          controller.enqueue(piece)
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
        controller.close()
      },
    })
    // In all it takes longer than it may be silent.
    expect(await pack(slow, { idleMs: 100 })).toBe('......')
  })

  it('does not count the time that its reader takes', async () => {
    const remote = await open({ fetch: pktLines('packfile\n', band(1, 'a'), band(1, 'b'), 0) }, { idleMs: 30 })
    const pieces: string[] = []
    for await (const piece of remote.pack([oid])) {
      await new Promise((resolve) => setTimeout(resolve, 60))
      pieces.push(Buffer.from(piece).toString())
    }
    expect(pieces).toEqual(['a', 'b'])
  })

  it('says that the connection broke', async () => {
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) =>
      controller.error(new TypeError('network error'))
    expect(await rejection(pack(new ReadableStream({ pull })))).toBeInstanceOf(RemoteBrokenError)
  })

  it('lets go of the answer when its reader stops or is stopped', async () => {
    const first = silent(pktLines('packfile\n', band(1, 'PACK')))
    for await (const piece of (await open({ fetch: first.body })).pack([oid])) {
      expect(piece.length).toBe(4)
      break
    }
    expect(first.cancelled()).toBe(true)
    const second = silent(pktLines('packfile\n', band(1, 'PACK')))
    const stop = new AbortController()
    const reading = pack(second.body, { signal: stop.signal })
    setTimeout(() => stop.abort(new Error('enough')), 20)
    await expect(reading).rejects.toThrow('enough')
    expect(second.cancelled()).toBe(true)
  })
})

describe('a hostile server', () => {
  it('is refused by name, whatever it sends', async () => {
    const honest = {
      info: CAPABILITIES,
      refs: pktLines(`${oid} HEAD symref-target:refs/heads/main\n`, `${oid} refs/heads/main\n`, 0),
      fetch: pktLines('packfile\n', band(2, 'Counting objects: 100% (1/1)\r'), band(1, 'PACKPACK'), 0),
    }
    const damage = fc.record({
      which: fc.constantFrom('info', 'refs', 'fetch'),
      at: fc.nat(200),
      remove: fc.nat(20),
      add: fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc.constantFrom('0000', '0001', '0004', '0005\x03').map((text) => Buffer.from(text)),
      ),
    } as const)
    await fc.assert(
      fc.asyncProperty(damage, async ({ which, at, remove, add }) => {
        const bytes = honest[which]
        const from = Math.min(at, bytes.length)
        const changed = Buffer.concat([bytes.subarray(0, from), add, bytes.subarray(from + remove)])
        const result = await (async () => {
          const remote = await open({ ...honest, [which]: new Uint8Array(changed) })
          await remote.refs()
          for await (const piece of remote.pack([oid])) expect(piece.length).toBeGreaterThan(0)
        })().catch((error: unknown) => error)
        if (result !== undefined) expect(result).toBeInstanceOf(RemoteError)
      }),
      cases(20240613),
    )
  })
})
