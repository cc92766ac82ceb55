import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { NodePeer } from '../src/peer/node.ts'
import { startTestPeer, whenReserved } from '../src/peer/relay-fixture.ts'
import { TestGit } from './testing.ts'

/** Below the project, where the packages are found that the build leaves out. */
const OUT = join(import.meta.dirname, '..', 'dist', `relay-test-${process.pid}`)
let folder: string
const children: ChildProcess[] = []

/** The built relay as a process of its own, as `npm start` runs it. */
function run(...args: string[]) {
  const child = spawn(
    process.execPath,
    [join(OUT, 'main.js'), ...(args.includes('--data') ? [] : ['--data', join(folder, 'data')]), ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, INIT_CWD: folder },
    },
  )
  children.push(child)
  const result = { child, output: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (result.output += text))
  }
  return result
}

const ended = async ({ child }: ReturnType<typeof run>) => (await once(child, 'exit')) as [number | null, string | null]
const serving = async (relay: ReturnType<typeof run>) => {
  await expect.poll(() => relay.output, { timeout: 20_000 }).toContain('Ctrl-C stops.')
  return /http:\/\/localhost:\d+/.exec(relay.output)![0]
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'guts-main-'))
  await build({ configFile: 'vite.relay.config.ts', logLevel: 'error', build: { outDir: OUT } })
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => {
  rmSync(OUT, { recursive: true, force: true })
  rmSync(folder, { recursive: true })
})

describe('the relay’s process', () => {
  it('prints its help', async () => {
    const relay = run('--help')
    expect(await ended(relay)).toEqual([0, null])
    expect(relay.output).toMatch(/^Usage: npm start -- \[options\]/)
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'stops at %s with a page open, twice at once or not',
    async (signal) => {
      const relay = run('--port', '0')
      const url = await serving(relay)
      expect((await fetch(`${url}/health`)).status).toBe(200)
      relay.child.kill(signal)
      relay.child.kill('SIGINT')
      expect(await ended(relay)).toEqual([0, null])
      expect(relay.output).toMatch(/^3\/3 relay\n/)
    },
  )

  it('writes JSON lines and nothing else for a collector, without links and names', async () => {
    const source = TestGit.init(join(folder, 'secret-project'))
    source.commit('a', 'a')
    const relay = run('--port', '0', '--log-format', 'json', '--share', source.path)
    await expect.poll(() => relay.output, { timeout: 20_000 }).toContain('shared a repository')
    relay.child.kill('SIGTERM')
    expect(await ended(relay)).toEqual([0, null])
    const lines = relay.output.trimEnd().split('\n')
    const messages = lines.map((line) => (JSON.parse(line) as { message: string }).message)
    expect(messages).toEqual(expect.arrayContaining(['serving', 'shared a repository']))
    expect(relay.output).not.toMatch(/secret-project|#\/|claim=/)
  })

  it('is one network with others of its kind, by TCP and by WebSocket, and goes on when one is killed', async () => {
    const start = (name: string, ...args: string[]) =>
      run('--data', join(folder, name), '--listen', '127.0.0.1:0', ...args)
    const identify = async (relay: ReturnType<typeof run>) => {
      const url = await serving(relay)
      const [, tcp = ''] = /--bootstrap (\S+)/.exec(relay.output) ?? []
      const id = tcp.slice(tcp.lastIndexOf('/') + 1)
      return { url, tcp, ws: `/ip4/127.0.0.1/tcp/${new URL(url).port}/ws/p2p/${id}` }
    }
    const linked = async ({ url }: { url: string }) => {
      const text = await (await fetch(`${url}/metrics`)).text()
      return Number(/^guts_other_relays\{kind="connected"\} (\d+)$/m.exec(text)?.[1])
    }
    const first = start('a', '--port', '0')
    const a = await identify(first)
    const second = start('b', '--port', '0', '--bootstrap', a.tcp)
    const b = await identify(second)
    const third = await identify(start('c', '--port', '0', '--bootstrap', a.ws, '--bootstrap', b.tcp))
    await expect.poll(async () => [await linked(b), await linked(third)], { timeout: 20_000 }).toEqual([1, 2])
    const config = (await (await fetch(`${third.url}/config.json`)).json()) as {
      relays: string[]
      furtherRelays: string[]
    }
    expect(config.relays[0]).toBe(third.ws)
    expect([...config.relays.slice(1), ...config.furtherRelays].sort()).toEqual([a.ws, b.ws].sort())

    // Ana's relay is B, Cleo's is C; A, through which both also go, is killed.
    const peers: NodePeer[] = []
    try {
      const ana = await startTestPeer('ana', [b.ws], { furtherRelays: [third.ws] })
      peers.push(ana)
      const cleo = await startTestPeer('cleo', [third.ws], { furtherRelays: [b.ws] })
      peers.push(cleo)
      await Promise.all(peers.map(whenReserved))
      first.child.kill('SIGKILL')
      await expect.poll(() => linked(third), { timeout: 20_000 }).toBe(1)
      const key = crypto.getRandomValues(new Uint8Array(32))
      ana.discovery.provide(key)
      const find = async () => {
        for await (const id of cleo.discovery.find(key, { signal: AbortSignal.timeout(5000) })) return id.toString()
        return null
      }
      await expect.poll(find, { timeout: 20_000 }).toBe(ana.peerId.toString())
      const state = await cleo.connect(ana.peerId.toString(), { signal: AbortSignal.timeout(10_000) })
      expect(state).toMatchObject({ link: 'relayed', identity: { name: 'ana' } })

      // It comes back, at the same addresses: the others have kept dialling.
      start('a', '--port', new URL(a.url).port, '--listen', a.tcp.replace(/^\/ip4\/(.+)\/tcp\/(\d+)\/.*$/, '$1:$2'))
      await expect.poll(async () => [await linked(b), await linked(third)], { timeout: 20_000 }).toEqual([1, 2])
    } finally {
      for (const peer of peers) await peer.stop()
    }
  }, 60_000)

  it('stops when the process that started it is gone', async () => {
    const relay = run('--port', '0')
    await serving(relay)
    relay.child.disconnect()
    expect(await ended(relay)).toEqual([0, null])
  })

  it('reads its certificate again at SIGHUP, and goes on', async () => {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
    execFileSync('openssl', [...made, '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' })
    const relay = run('--port', '0', '--tls-cert', cert, '--tls-key', key)
    await expect.poll(() => relay.output, { timeout: 20_000 }).toContain('Ctrl-C stops.')
    relay.child.kill('SIGHUP')
    await expect.poll(() => relay.output).toContain('read the certificate again')
    writeFileSync(key, 'nonsense')
    relay.child.kill('SIGHUP')
    await expect.poll(() => relay.output).toContain('went on with the former certificate')
    relay.child.kill('SIGTERM')
    expect(await ended(relay)).toEqual([0, null])
  })

  it('prints the PeerId that it will have', async () => {
    const asked = run('--data', join(folder, 'id'), '--peer-id')
    expect(await ended(asked)).toEqual([0, null])
    const relay = run('--data', join(folder, 'id'), '--port', '0')
    const { peerId } = (await (await fetch(`${await serving(relay)}/health`)).json()) as { peerId: string }
    expect(asked.output).toBe(`${peerId}\n`)
  })

  it('names the port that is taken, without a stack', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const relay = run('--port', String(port))
    expect(await ended(relay)).toEqual([1, null])
    expect(relay.output).toBe(
      `3/3 relay\nPort ${port} is taken by another program. Stop it, or choose another: npm start -- --port ${port + 1}\n`,
    )
    taken.close()
  })

  it.each([
    [['--prot', '1'], '--prot: there is no such option.'],
    [['--share', 'nowhere'], 'nowhere does not exist.'],
    [['--share', 'plain'], 'is not a git repository'],
  ])('says what is wrong with %j', async (args, message) => {
    new TestGit(join(folder, 'plain'))
    const relay = run('--port', '0', ...args)
    expect(await ended(relay)).toEqual([1, null])
    expect(relay.output).toContain(message)
    expect(relay.output).not.toMatch(/^\s+at /m)
  })

  it('shares a repository by a path relative to where the command was typed', async () => {
    const source = TestGit.init(join(folder, 'code'))
    const relay = run('--port', '0', '--share', 'code')
    const url = await serving(relay)
    expect(relay.output).toContain(`${source.path} has no commit yet`)
    source.commit('a', 'a')
    await expect.poll(() => relay.output, { timeout: 10_000 }).toMatch(/^Shared: code$/m)
    await expect
      .poll(() => relay.output)
      .toMatch(new RegExp(`^ {2}${url}/#/[\\w-]{43}~[\\w-]{43}\\.\\w+\\.[\\w-]+$`, 'm'))
    expect(relay.output).toMatch(/\?claim=[\w-]{22}$/m)
    expect(relay.output).toContain('█')
    relay.child.kill('SIGINT')
    expect(await ended(relay)).toEqual([0, null])
  })
})
