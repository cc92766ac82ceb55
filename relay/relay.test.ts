import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import { ping } from '@libp2p/ping'
import { webSockets } from '@libp2p/websockets'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { parseConfig } from './config/config.ts'
import { DataInUseError } from './data-lock.ts'
import { KeyFileError } from './key-file.ts'
import { PortError } from './errors.ts'
import type { PageConfig } from './http/handler.ts'
import { startRelay } from './relay.ts'
import type { Relay } from './relay.ts'
import { CertificateError } from './tls.ts'

let folder: string
const relays: Relay[] = []
const nodes: Libp2p[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guts-relay-'))
})
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop()
  for (const relay of relays.splice(0)) await relay.stop()
  await rm(folder, { recursive: true })
})

async function start(args: string[] = [], root = join(folder, 'root')): Promise<Relay> {
  await mkdir(root, { recursive: true })
  const data = args.includes('--data') ? [] : ['--data', join(folder, 'data')]
  const config = parseConfig(['--port', '0', ...data, ...args], {})
  if (config === null) throw new Error('It asked for help.')
  const relay = await startRelay({ config, root })
  relays.push(relay)
  return relay
}

const pageConfig = async (relay: Relay) =>
  (await (await fetch(new URL('/config.json', relay.url))).json()) as PageConfig

function statusOfHealth(url: URL, ca: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    get(new URL('/health', url), { ca, family: 4 }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    }).on('error', reject)
  })
}

async function startPeer(listen: string[] = []): Promise<Libp2p> {
  const node = await createLibp2p({
    addresses: { listen },
    transports: [webSockets(), circuitRelayTransport()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    // A relayed link carries identify and ping.
    services: { identify: identify(), ping: ping({ runOnLimitedConnection: true }) },
  })
  nodes.push(node)
  return node
}

describe('startRelay', () => {
  it('tells pages where it is, and serves libp2p there', async () => {
    const relay = await start()
    const config = await pageConfig(relay)
    const id = relay.peer.peerId.toString()
    expect(config).toEqual({
      relays: [`/ip4/127.0.0.1/tcp/${relay.url.port}/ws/p2p/${id}`],
      furtherRelays: [],
      iceServers: [],
      publicUrl: null,
      sample: false,
      gitProxy: { hosts: ['github.com', 'gitlab.com', 'codeberg.org'] },
    })
    const peer = await startPeer()
    await peer.dial(multiaddr(config.relays[0]))
    expect(peer.getConnections().map(({ remotePeer }) => remotePeer.toString())).toEqual([id])
    const metrics = await (await fetch(new URL('/metrics', relay.url))).text()
    expect(metrics).toMatch(/^guts_websockets\{kind="connected"\} 1$/m)
    expect(metrics).toMatch(/^guts_up 1$/m)
  })

  it('is for pages of this machine where it is for this machine alone', async () => {
    const answers = async (relay: Relay, origin: string) => {
      const headers = { Origin: origin }
      const config = await fetch(new URL('/config.json', relay.url), { headers })
      const socket = new WebSocket(`ws://127.0.0.1:${relay.url.port}/`, { headers })
      const status = await new Promise((resolve) => {
        socket.once('open', () => resolve(101))
        socket.once('unexpected-response', (_, response) => resolve(response.statusCode))
      })
      socket.on('error', () => undefined).terminate()
      return [config.headers.get('access-control-allow-origin'), status]
    }
    const relay = await start()
    for (const local of [relay.url.origin, 'http://localhost:5173', 'http://127.0.0.1', 'https://[::1]:1']) {
      expect(await answers(relay, local)).toEqual(['*', 101])
    }
    // The last three: names that only look like this machine's, and a page without an origin.
    for (const other of [
      'https://example.org',
      'http://localhost.example.org',
      'http://127.0.0.1.example.org',
      'null',
    ]) {
      expect(await answers(relay, other)).toEqual([null, 403])
    }
    const args = ['--public-url', 'https://code.example.org', '--host', '127.0.0.1', '--data', join(folder, 'open')]
    const open = await start(args)
    expect(await answers(open, 'https://example.org')).toEqual(['*', 101])
  })

  it('fetches from git servers for its own page, and for others where that was asked for', async () => {
    const hosts = ['--git-proxy-hosts', 'localhost:1']
    const answers = async ({ url }: Relay, headers: Record<string, string> = {}) => {
      const config = (await (await fetch(new URL('/config.json', url), { headers })).json()) as PageConfig
      const path = '/proxy/localhost:1/a/info/refs?service=git-upload-pack'
      const asked = await fetch(new URL(path, url), { headers: { ...headers, 'Git-Protocol': 'version=2' } })
      return [config.gitProxy, asked.status, asked.headers.get('git-proxy-error')]
    }
    const tunnelled = { 'X-Forwarded-For': '203.0.113.9' }
    const relay = await start(hosts)
    expect(await answers(relay)).toEqual([{ hosts: ['localhost:1'] }, 502, 'unreachable'])
    expect(await answers(relay, tunnelled)).toEqual([null, 403, 'off'])
    expect(await answers(relay, { Origin: 'https://example.org' })).toEqual([null, 403, 'off'])
    const open = await start([...hosts, '--git-proxy', '--data', join(folder, 'open')])
    expect(await answers(open, tunnelled)).toEqual([{ hosts: ['localhost:1'] }, 502, 'unreachable'])
    const none = await start(['--git-proxy-hosts', 'none', '--data', join(folder, 'none')])
    expect(await answers(none)).toEqual([null, 403, 'host'])
  })

  it('lets one peer reach another through it', async () => {
    const relay = await start()
    const address = (await pageConfig(relay)).relays[0] as string
    const holder = await startPeer([`${address}/p2p-circuit`])
    const visitor = await startPeer()
    const circuit = `${address}/p2p-circuit/p2p/${holder.peerId.toString()}`
    const connection = await visitor.dial(multiaddr(circuit))
    const left = Number(connection.limits?.bytes)
    expect(left).toBeLessThanOrEqual(4_194_304)
    expect(left).toBeGreaterThan(4_100_000)
    expect(await fetch(new URL('/metrics', relay.url)).then((answer) => answer.text())).toMatch(
      /^guts_reservations 1$/m,
    )
  })

  it('keeps its key in a file that only its owner reads', async () => {
    const first = await start()
    const id = first.peer.peerId.toString()
    await relays.pop()?.stop()
    expect((await start()).peer.peerId.toString()).toBe(id)
    expect((await stat(join(folder, 'data', 'keys', 'peer-key', '000'))).mode & 0o777).toBe(0o600)
  })

  it('makes the sample from branches and tags of its checkout alone', async () => {
    const root = join(folder, 'checkout')
    await mkdir(root)
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=Ana', '-c', 'user.email=ana@example.org', ...args], {
        cwd: root,
        encoding: 'utf8',
      })
    git('init', '-q', '-b', 'main')
    await writeFile(join(root, 'a'), 'a')
    git('add', '.')
    git('commit', '-qm', 'first')
    const secret = git('commit-tree', '-m', 'secret', 'HEAD^{tree}').trim()
    git('update-ref', 'refs/stash', secret)
    git('update-ref', 'refs/remotes/origin/main', secret)
    const relay = await start([], root)
    expect((await pageConfig(relay)).sample).toBe(true)
    const bundle = join(folder, 'got.bundle')
    await writeFile(bundle, Buffer.from(await (await fetch(new URL('/sample.bundle', relay.url))).arrayBuffer()))
    execFileSync('git', ['clone', '-q', bundle, join(folder, 'clone')])
    expect(
      execFileSync('git', ['rev-list', '--all', '--count'], { cwd: join(folder, 'clone'), encoding: 'utf8' }).trim(),
    ).toBe('1')
    expect(() =>
      execFileSync('git', ['cat-file', '-e', secret], { cwd: join(folder, 'clone'), stdio: 'ignore' }),
    ).toThrow()
  })

  it('has no sample where there is no checkout, and says why', async () => {
    const relay = await start()
    expect((await fetch(new URL('/sample.bundle', relay.url))).status).toBe(404)
    expect(relay.noSample).toContain('is not a git repository')
  })

  it('says which option is wrong when a port or the data directory is taken', async () => {
    const { url } = await start()
    await expect(start(['--port', url.port, '--data', join(folder, 'other')])).rejects.toThrow(PortError)
    await expect(start()).rejects.toThrow(DataInUseError)
    const listen = ['--listen', `127.0.0.1:${url.port}`, '--data', join(folder, 'other')]
    await expect(start(listen)).rejects.toThrow(/Port \d+ is taken .* --listen 127\.0\.0\.1:/s)
    // What a failed start opened is closed again.
    await start(['--data', join(folder, 'other')])
  })

  it('announces its public address, and connects to other relays', async () => {
    const first = await start([
      '--public-url',
      'https://code.example.org',
      '--host',
      '127.0.0.1',
      '--listen',
      '127.0.0.1:0',
    ])
    const config = await fetch(new URL('/config.json', first.url), { headers: { 'X-Forwarded-For': '1.2.3.4' } })
    const id = first.peer.peerId.toString()
    expect(((await config.json()) as PageConfig).relays).toEqual([`/dns4/code.example.org/tcp/443/tls/ws/p2p/${id}`])
    expect(first.peer.addresses().join()).toContain('/dns4/code.example.org/tcp/443/tls/ws')
    expect(first.forRelays).toEqual([`/dns4/code.example.org/tcp/0/p2p/${id}`])
    const tcp = first.peer.components.transportManager
      .getAddrs()
      .find((address) => /tcp\/\d+$/.test(address.toString()))
    const second = await start(['--data', join(folder, 'second'), '--bootstrap', `${tcp?.toString()}/p2p/${id}`])
    await expect.poll(() => second.peer.peers.get(id)?.link, { timeout: 10_000 }).toBe('direct')
  })

  it('speaks TLS itself with a certificate', async () => {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '1']
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...subject]
    execFileSync('openssl', [...made, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    const relay = await start(['--tls-cert', cert, '--tls-key', key])
    expect(relay.url.protocol).toBe('https:')
    const ca = await readFile(cert)
    const body = await new Promise<string>((resolve, reject) => {
      get(new URL('/config.json', relay.url), { ca, family: 4 }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => (text += part))
        response.on('end', () => resolve(text))
      }).on('error', reject)
    })
    const id = relay.peer.peerId.toString()
    expect((JSON.parse(body) as PageConfig).relays).toEqual([`/dns4/localhost/tcp/${relay.url.port}/tls/ws/p2p/${id}`])
    const socket = new WebSocket(relay.url.href.replace('https', 'wss'), { ca, family: 4 })
    await once(socket, 'open')
    // Plain HTTP and silence on the TLS port leave it serving.
    await expect(fetch(relay.url.href.replace('https', 'http'))).rejects.toThrow()
    const closed = once(socket, 'close')
    socket.send('text')
    await closed
    expect(await statusOfHealth(relay.url, ca)).toBe(200)
  })

  it('speaks TLS with a renewed certificate, and keeps the one it has where the new one is wrong', async () => {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const make = (name: string, keyOut = key) => {
      const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost', '-days', '1']
      const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...subject]
      execFileSync('openssl', [...made, '-keyout', keyOut, '-out', cert], { stdio: 'ignore' })
    }
    make('first')
    const relay = await start(['--tls-cert', cert, '--tls-key', key])
    const name = () =>
      new Promise<string>((resolve, reject) => {
        const options = { host: '127.0.0.1', port: Number(relay.url.port), rejectUnauthorized: false }
        const socket = connectTls(options, () => {
          resolve(socket.getPeerCertificate().subject.CN as string)
          socket.destroy()
        }).on('error', reject)
      })
    expect(await name()).toBe('first')
    make('second')
    relay.reloadTls()
    expect(await name()).toBe('second')
    make('third', join(folder, 'other.pem'))
    expect(() => relay.reloadTls()).toThrow(CertificateError)
    await rm(cert)
    expect(() => relay.reloadTls()).toThrow(/cert\.pem .* cannot be used/)
    expect(await name()).toBe('second')
    make('fourth', join(folder, 'other.pem'))
    await expect(start(['--tls-cert', cert, '--tls-key', key, '--data', join(folder, 'x')])).rejects.toThrow(
      CertificateError,
    )
  })

  it('hands out TURN credentials that end, each page its own', async () => {
    const secret = join(folder, 'secret')
    await writeFile(secret, 'north-sea-and-south-wind')
    const args = ['--ice-server', 'stun:a.org:3478', '--turn', 'turn:a.org:3478', '--turn-secret-file', secret]
    const relay = await start(args)
    const [first, second] = [await pageConfig(relay), await pageConfig(relay)]
    expect(first.iceServers[0]).toEqual({ urls: 'stun:a.org:3478' })
    const [ends = '', name] = first.iceServers[1]?.username?.split(':') ?? []
    expect(Number(ends)).toBeGreaterThan(Date.now() / 1000 + 86_000)
    expect(first.iceServers[1]?.credential).toMatch(/^[\w+/]{27}=$/)
    expect(second.iceServers[1]?.username).not.toContain(name)
  })

  it('takes its key from a file, which it makes, and refuses a file that holds none', async () => {
    const path = join(folder, 'secrets', 'relay.key')
    const first = await start(['--key-file', path])
    const id = first.peer.peerId.toString()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await relays.pop()?.stop()
    expect((await start(['--key-file', path, '--data', join(folder, 'other')])).peer.peerId.toString()).toBe(id)
    await writeFile(path, 'no key')
    const refused = start(['--key-file', path, '--data', join(folder, 'third')])
    await expect(refused).rejects.toThrow(KeyFileError)
    await expect(refused).rejects.toThrow(path)
  })

  it('drains: says so, takes nobody new, and says goodbye to those who are there', async () => {
    const relay = await start(['--drain', '2'])
    const address = (await pageConfig(relay)).relays[0] as string
    const holder = await startPeer([`${address}/p2p-circuit`])
    const visitor = await startPeer()
    // A relayed link is something under way.
    await visitor.dial(multiaddr(`${address}/p2p-circuit/p2p/${holder.peerId.toString()}`))
    const health = async () => {
      const answer = await fetch(new URL('/health', relay.url))
      return [answer.status, ((await answer.json()) as { status: string }).status]
    }
    expect(await health()).toEqual([200, 'serving'])
    relays.pop()
    const stopped = relay.stop()
    expect(await health()).toEqual([503, 'draining'])
    expect(await (await fetch(new URL('/metrics', relay.url))).text()).toMatch(/^guts_draining 1$/m)
    const late = await startPeer()
    await expect(late.dial(multiaddr(address))).rejects.toThrow()
    expect(visitor.getConnections()).toHaveLength(2)
    await stopped
    await expect.poll(() => [holder, visitor].flatMap((peer) => peer.getConnections())).toEqual([])
    await expect(fetch(relay.url)).rejects.toThrow()
  })

  it('stops with peers connected', async () => {
    const relay = await start()
    const peer = await startPeer()
    await peer.dial(multiaddr((await pageConfig(relay)).relays[0]))
    await relays.pop()?.stop()
    await expect.poll(() => peer.getConnections().length).toBe(0)
    await expect(fetch(relay.url)).rejects.toThrow()
  })
})
