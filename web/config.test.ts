import { afterEach, describe, expect, it, vi } from 'vitest'
import { loadConfig, parseConfig } from './config.ts'

const text = JSON.stringify({
  relays: ['/dns4/a/tcp/443/tls/ws/p2p/x'],
  iceServers: [{ urls: 'stun:a' }],
  publicUrl: 'https://guts.example/',
  sample: true,
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
      iceServers: [{ urls: 'stun:a' }],
      publicUrl: 'https://guts.example',
      sample: { name: 'guts' },
    })
  })

  it('leaves out what is not what it should be', () => {
    expect(parseConfig('{"relays":["a",1],"iceServers":[{"urls":3},null],"sample":"yes"}')).toEqual({
      relays: ['a'],
      iceServers: [],
      publicUrl: null,
      sample: null,
    })
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
    expect(offline).toMatchObject({ fresh: false, sample: null })
    expect(offline.relays).toHaveLength(1)
  })

  it('starts with nothing on a first visit without a server', async () => {
    answer(async () => new Response('no', { status: 502 }))
    expect(await loadConfig('config.json', storage())).toEqual({
      relays: [],
      iceServers: [],
      publicUrl: null,
      sample: null,
      fresh: false,
    })
  })

  it('does not take a page for a configuration', async () => {
    answer(async () => new Response('x'.repeat(70_000)))
    expect(await loadConfig('config.json', storage())).toMatchObject({ relays: [] })
  })
})
