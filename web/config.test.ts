import { afterEach, describe, expect, it, vi } from 'vitest'
import { loadConfig, parseConfig, throughServer } from './config.ts'

const text = JSON.stringify({
  relays: ['/dns4/a/tcp/443/tls/ws/p2p/x'],
  furtherRelays: ['/dns4/b/tcp/443/tls/ws/p2p/y', 1],
  iceServers: [{ urls: 'stun:a' }],
  publicUrl: 'https://guts.example/',
  sample: true,
  gitProxy: { hosts: ['github.com', 1] },
})

function storage() {
  const values = new Map<string, Uint8Array>()
  return {
    get: async (name: string) => values.get(name),
    set: async (name: string, value: Uint8Array) => void values.set(name, value),
  }
}

function answer(respond: () => Promise<Response>) {
  vi.stubGlobal('fetch', respond)
}

afterEach(() => vi.unstubAllGlobals())

describe('parseConfig', () => {
  it('reads relays, ICE servers and the example', () => {
    expect(parseConfig(text)).toEqual({
      relays: ['/dns4/a/tcp/443/tls/ws/p2p/x'],
      furtherRelays: ['/dns4/b/tcp/443/tls/ws/p2p/y'],
      iceServers: [{ urls: 'stun:a' }],
      publicUrl: 'https://guts.example',
      sample: { name: 'guts' },
      gitProxy: { hosts: ['github.com'] },
    })
  })

  it('leaves out what is not what it should be', () => {
    expect(parseConfig('{"relays":["a",1],"furtherRelays":"b","iceServers":[{"urls":3},null],"sample":"yes"}')).toEqual(
      {
        relays: ['a'],
        furtherRelays: [],
        iceServers: [],
        publicUrl: null,
        sample: null,
        gitProxy: null,
      },
    )
    expect(parseConfig('{"relays":[],"gitProxy":{"hosts":"github.com"}}')).toMatchObject({ gitProxy: null })
  })

  it.each(['<!doctype html>', 'null', '[]', '{}', '"x"'])('refuses %s', (other) => {
    expect(parseConfig(other)).toBeNull()
  })
})

describe('loadConfig', () => {
  it('remembers what the server said, for when it does not answer', async () => {
    const kept = storage()
    answer(async () => new Response(text))
    expect(await loadConfig('config.json', kept)).toMatchObject({ fresh: true, sample: { name: 'guts' } })
    answer(() => Promise.reject(new TypeError('offline')))
    const offline = await loadConfig('config.json', kept)
    expect(offline).toMatchObject({ fresh: false, sample: null, gitProxy: null })
    expect(offline.relays).toHaveLength(1)
  })

  it('starts with nothing on a first visit without a server', async () => {
    answer(async () => new Response('no', { status: 502 }))
    expect(await loadConfig('config.json', storage())).toEqual({
      relays: [],
      furtherRelays: [],
      iceServers: [],
      publicUrl: null,
      sample: null,
      gitProxy: null,
      fresh: false,
    })
  })

  it('does not take a page for a configuration', async () => {
    answer(async () => new Response('x'.repeat(70_000)))
    expect(await loadConfig('config.json', storage())).toMatchObject({ relays: [] })
  })
})

describe('throughServer', () => {
  const gitProxy = { hosts: ['github.com', 'localhost:4433'] }
  it.each([
    ['https://github.com/git/git.git', 'https://guts.example/app/proxy/github.com/git/git.git'],
    ['https://localhost:4433/a%20b', 'https://guts.example/app/proxy/localhost:4433/a%20b'],
    ['https://gitlab.com/a/b.git', null],
    ['https://github.com:444/git/git.git', null],
  ])('asks for %s at %s', (url, through) => {
    expect(throughServer({ gitProxy }, 'https://guts.example/app/index.html', url)).toBe(through)
    expect(throughServer({ gitProxy: null }, 'https://guts.example/', url)).toBeNull()
  })
})
