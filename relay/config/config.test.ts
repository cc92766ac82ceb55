import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from './config.ts'
import { OptionError } from '../errors.ts'
import { flagOf, NAMES, SETTINGS, variableOf } from './settings.ts'
import { USAGE } from './usage.ts'

const id = '12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8'
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'guts-config-'))
  writeFileSync(join(folder, 'cert.pem'), '-----BEGIN CERTIFICATE-----\n')
  writeFileSync(join(folder, 'secret.txt'), 'north-sea-and-south-wind\n')
  writeFileSync(join(folder, 'short.txt'), 'short\n')
  writeFileSync(join(folder, 'key.pem'), '-----BEGIN EC PRIVATE KEY-----\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

const config = (args: string[], environment: NodeJS.ProcessEnv = {}) => {
  const parsed = parseConfig(args, environment)
  if (parsed === null) throw new Error('It asked for help.')
  return parsed
}

describe('parseConfig', () => {
  it('serves this machine alone by default', () => {
    expect(config([])).toMatchObject({
      port: 8080,
      host: '127.0.0.1',
      publicUrl: null,
      tls: null,
      listen: null,
      bootstrap: [],
      iceServers: [],
      gitProxy: {
        everywhere: false,
        hosts: ['github.com', 'gitlab.com', 'codeberg.org'],
        maxBytes: 2 ** 31,
      },
      shares: [],
      data: join(homedir(), '.local/share/guts'),
    })
  })

  it('opens up with a public URL', () => {
    const { host, listen, publicUrl } = config(['--public-url', 'https://code.example.org'])
    expect({ host, listen, url: publicUrl?.origin }).toEqual({
      host: '0.0.0.0',
      listen: { host: '0.0.0.0', port: 9000 },
      url: 'https://code.example.org',
    })
    expect(config(['--public-url', 'https://x.org', '--host', 'localhost']).host).toBe('127.0.0.1')
  })

  it('reads paths from where the command was typed', () => {
    const environment = { INIT_CWD: '/home/ana/code' }
    expect(config(['--share', '.', '--share=../other', '--data', 'd'], environment)).toMatchObject({
      shares: ['/home/ana/code', '/home/ana/other'],
      data: '/home/ana/code/d',
    })
  })

  it('finds the data directory', () => {
    expect(config([], { XDG_DATA_HOME: '/x' }).data).toBe('/x/guts')
    expect(config([], { XDG_DATA_HOME: 'relative' }).data).toBe(join(homedir(), '.local/share/guts'))
    expect(config([], { XDG_DATA_HOME: '/x', GUTS_DATA: '/g' }).data).toBe('/g')
    expect(config(['--data', '/d'], { GUTS_DATA: '/g' }).data).toBe('/d')
  })

  it('takes ICE servers, bootstrap relays, proxies and --listen without a value', () => {
    const parsed = config([
      ...['--ice-server', 'stun:stun.example.org:3478', '--ice-server', 'turn:user:pass@turn.example.org:3478'],
      ...['--bootstrap', `/ip4/10.0.0.1/tcp/9000/p2p/${id}`, '--trust-proxy', '10.0.0.0/8', '--listen'],
    ])
    expect(parsed.iceServers).toEqual([
      { urls: 'stun:stun.example.org:3478' },
      { urls: 'turn:turn.example.org:3478', username: 'user', credential: 'pass' },
    ])
    expect(parsed.listen).toEqual({ host: '0.0.0.0', port: 9000 })
    expect(parsed.proxies.has('10.1.2.3')).toBe(true)
    expect(config(['--listen', '--port', '1']).listen?.port).toBe(9000)
    expect(config(['--listen', '[::]:9001']).listen).toEqual({ host: '::', port: 9001 })
  })

  it('reads the certificate and the key', () => {
    expect(config(['--tls-cert', 'cert.pem', '--tls-key', 'key.pem'], { INIT_CWD: folder }).tls?.cert).toContain(
      'BEGIN',
    )
  })

  it('takes the hosts of git servers, or none', () => {
    const chosen = [
      '--git-proxy',
      '--git-proxy-hosts',
      'GitHub.com,git.example.org:8443,b.org:443',
      '--git-proxy-max',
      '1',
    ]
    expect(config(chosen).gitProxy).toEqual({
      everywhere: true,
      hosts: ['github.com', 'git.example.org:8443', 'b.org'],
      maxBytes: 1024 * 1024,
    })
    expect(config(['--git-proxy-hosts', 'none']).gitProxy.hosts).toEqual([])
  })

  it('asks for help', () => {
    expect(parseConfig(['--help'], {})).toBeNull()
  })

  it.each([
    ['--port', ['--port', '65536']],
    ['--port', ['--port', '80a']],
    ['--port', ['--port']],
    ['--host', ['--host', 'example.org']],
    ['--public-url', ['--public-url', 'code.example.org']],
    ['--public-url', ['--public-url', 'ftp://code.example.org']],
    ['--public-url', ['--public-url', 'https://code.example.org/guts']],
    ['--tls-key', ['--tls-cert', 'cert.pem']],
    ['--tls-cert', ['--tls-key', 'key.pem']],
    ['--tls-cert', ['--tls-cert', 'missing.pem', '--tls-key', 'key.pem']],
    ['--tls-key', ['--tls-cert', 'cert.pem', '--tls-key', 'cert.pem']],
    ['--trust-proxy', ['--trust-proxy', 'proxy.local']],
    ['--listen', ['--listen', 'nowhere']],
    ['--bootstrap', ['--bootstrap', '/ip4/10.0.0.1/tcp/9000']],
    ['--bootstrap', ['--bootstrap', 'nonsense']],
    ['--ice-server', ['--ice-server', 'turn:turn.example.org']],
    ['--ice-server', ['--ice-server', 'example.org']],
    ['--git-proxy-hosts', ['--git-proxy-hosts', '']],
    ['--git-proxy-hosts', ['--git-proxy-hosts', 'https://github.com']],
    ['--git-proxy-hosts', ['--git-proxy-hosts', 'github.com/git']],
    ['--git-proxy-hosts', ['--git-proxy-hosts', 'ana@github.com']],
    ['--git-proxy-hosts', ['--git-proxy-hosts', 'github.com,']],
    ['--git-proxy-max', ['--git-proxy-max', '0']],
    ['--git-proxy-max', ['--git-proxy-max', '2GB']],
    ['--share', ['--share', '']],
    ['--turn', ['--turn', 'turn:turn.example.org']],
    ['--turn', ['--turn', 'stun:turn.example.org']],
    ['--turn', ['--turn', 'turn:user:password@turn.example.org']],
    ['--turn-secret-file', ['--turn', 'turn:a.org', '--turn-secret-file', 'missing']],
    ['--turn-secret-file', ['--turn', 'turn:a.org', '--turn-secret-file', 'short.txt']],
    ['--turn-secret: a command line can be read', ['--turn-secret', 'x']],
    ['--turn-ttl', ['--turn', 'turn:a.org', '--turn-secret-file', 'secret.txt', '--turn-ttl', '59']],
    ['from 10 to 100000', ['--max-connections', '9']],
    ['from 10 to 100000', ['--max-connections', '100001']],
    ['from 1 to 100000', ['--max-reservations', '0']],
    ['from 1 to 300 seconds', ['--connection-timeout', '301']],
    ['from 5 to 3600 seconds', ['--keepalive', '4']],
    ['from 0 to 600 seconds', ['--drain', '601']],
    ['--key-file', ['--key-file', '']],
    ['error, warn, info, debug', ['--log-level', 'loud']],
    ['text, json', ['--log-format', 'xml']],
    ['--config', ['--config', 'missing.json']],
    ['--shrae', ['--shrae', '.']],
    ['path', ['path']],
  ])('names %s in what it says about %j', (option, args) => {
    expect(() => parseConfig(args, { INIT_CWD: folder })).toThrow(OptionError)
    expect(() => parseConfig(args, { INIT_CWD: folder })).toThrow(option)
  })
})

describe('the command line, the environment and the file', () => {
  const file = (content: unknown) => {
    const path = join(folder, 'relay.json')
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
    return path
  }

  it('take precedence in this order', () => {
    const path = file({ port: 1, host: '::1', maxConnections: 100, keepalive: '60' })
    const environment = { GUTS_CONFIG: path, GUTS_PORT: '2', GUTS_HOST: '127.0.0.2' }
    expect(config(['--port', '3'], environment)).toMatchObject({
      port: 3,
      host: '127.0.0.2',
      maxConnections: 100,
      keepaliveInterval: 60_000,
      connectionTimeout: 10_000,
    })
    expect(config(['--config', path], { GUTS_CONFIG: 'missing' }).port).toBe(1)
  })

  it('say the same in their own ways', () => {
    const other = `/dns4/b.org/tcp/9000/p2p/${id}`
    const inFile = {
      publicUrl: 'https://a.org',
      listen: 'none',
      bootstrap: [other],
      iceServer: ['stun:a.org'],
      turn: ['turn:a.org:3478'],
      turnSecretFile: 'secret.txt',
      gitProxy: true,
      gitProxyHosts: ['github.com', 'b.org'],
      share: ['one', '/two'],
      logFormat: 'json',
      drain: 20,
      keyFile: null,
    }
    const flags = [
      ...['--public-url', 'https://a.org', '--listen', 'none', '--bootstrap', other, '--ice-server', 'stun:a.org'],
      ...['--turn', 'turn:a.org:3478', '--turn-secret-file', 'secret.txt', '--git-proxy'],
      ...['--git-proxy-hosts', 'github.com,b.org', '--share', 'one', '--share', '/two', '--log-format', 'json'],
      ...['--drain', '20'],
    ]
    const environment = {
      GUTS_PUBLIC_URL: 'https://a.org',
      GUTS_LISTEN: 'none',
      GUTS_BOOTSTRAP: other,
      GUTS_ICE_SERVER: ' stun:a.org,',
      GUTS_TURN: 'turn:a.org:3478',
      GUTS_TURN_SECRET: 'north-sea-and-south-wind',
      GUTS_GIT_PROXY: 'yes',
      GUTS_GIT_PROXY_HOSTS: 'github.com,b.org',
      GUTS_SHARE: 'one:/two',
      GUTS_LOG_FORMAT: 'json',
      GUTS_DRAIN: '20',
      GUTS_KEY_FILE: '',
    }
    const fromFlags = config(flags, { INIT_CWD: folder })
    expect(fromFlags.turn).toEqual({ urls: ['turn:a.org:3478'], secret: 'north-sea-and-south-wind', ttl: 86_400 })
    expect(fromFlags.shares).toEqual([join(folder, 'one'), '/two'])
    expect(config([], { ...environment, INIT_CWD: folder })).toEqual(fromFlags)
    expect(config(['--config', file(inFile)], { INIT_CWD: '/elsewhere' })).toEqual(fromFlags)
  })

  it.each([
    [{ GUTS_PORT: 'x' }, 'GUTS_PORT: "x" is no port'],
    [{ GUTS_BOOTSTRAP: 'nonsense' }, 'GUTS_BOOTSTRAP: "nonsense" is no multiaddr'],
    [{ GUTS_GIT_PROXY: 'maybe' }, 'GUTS_GIT_PROXY: "maybe" is neither true nor false'],
    [{ GUTS_TURN: 'turn:a.org', GUTS_TURN_SECRET: 'short' }, 'GUTS_TURN_SECRET: the secret is shorter than 16'],
    [{ GUTS_CONFIG: '/missing.json' }, 'GUTS_CONFIG: /missing.json cannot be read (ENOENT)'],
  ])('name the variable: %j', (environment, message) => {
    expect(() => config([], environment)).toThrow(message)
  })

  it.each([
    ['{', 'is no JSON'],
    [[], 'holds no object'],
    ['x'.repeat(300_000), 'is larger than 256 KiB'],
    [{ prot: 1 }, '"prot" in'],
    [{ prot: 1 }, 'There are port, host, publicUrl'],
    [{ port: true }, 'relay.json: is neither a text nor a number'],
    [{ port: 70_000 }, '"port" in'],
    [{ share: 'one' }, 'is no list of texts'],
    [{ gitProxy: 'yes' }, 'is neither true nor false'],
    [{ constructor: 1 }, 'there is no such setting'],
  ])('name the key: %j', (content, message) => {
    const path = file(content)
    expect(() => config(['--config', path])).toThrow(OptionError)
    expect(() => config(['--config', path])).toThrow(message)
  })

  it('never repeats a secret', () => {
    const said = () => config([], { GUTS_TURN: 'turn:a.org', GUTS_TURN_SECRET: 'hush-hush' })
    expect(said).toThrow(OptionError)
    expect(said).not.toThrow('hush-hush')
  })

  it('are all in the help', () => {
    for (const name of NAMES) {
      expect(USAGE).toContain(SETTINGS[name].secret === true ? variableOf(name) : ` --${flagOf(name)}`)
    }
    for (const line of USAGE.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  })
})
