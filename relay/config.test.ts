import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from './config.ts'
import { OptionError } from './errors.ts'

const id = '12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8'
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'guts-config-'))
  writeFileSync(join(folder, 'cert.pem'), '-----BEGIN CERTIFICATE-----\n')
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
    ['--shrae', ['--shrae', '.']],
    ['path', ['path']],
  ])('names %s in what it says about %j', (option, args) => {
    expect(() => parseConfig(args, { INIT_CWD: folder })).toThrow(OptionError)
    expect(() => parseConfig(args, { INIT_CWD: folder })).toThrow(option)
  })
})
