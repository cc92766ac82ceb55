import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { NoAnswerError } from '../remote/index.ts'
import { fetchTransport, type FetchParts } from './fetch-transport.ts'

const request = {
  method: 'GET',
  url: 'https://git.example/a',
  headers: {},
  signal: new AbortController().signal,
} as const

/** A browser's `fetch` where no answer may be read, and `opaque` says whether one comes at all. */
function unreadable(opaque: boolean): { fetch: FetchParts['fetch']; modes: unknown[] } {
  const modes: unknown[] = []
  const fetch = async (_: unknown, init?: RequestInit): Promise<Response> => {
    modes.push(init?.mode)
    if (init?.mode === 'no-cors' && opaque) return new Response()
    throw new TypeError('Failed to fetch')
  }
  return { fetch, modes }
}

const reason = async (parts: FetchParts): Promise<string> => {
  const error: unknown = await fetchTransport(parts)(request).catch((error: unknown) => error)
  if (!(error instanceof NoAnswerError)) throw new Error(`It was ${String(error)}.`)
  return error.reason
}

let server: Server | undefined
afterEach(() => server?.close())

describe('fetchTransport', () => {
  it('finds out why no answer can be read', async () => {
    const isOnline = (): boolean => true
    expect(await reason({ ...unreadable(true), isOnline })).toBe('blocked')
    expect(await reason({ ...unreadable(false), isOnline })).toBe('unreachable')
    const { fetch, modes } = unreadable(true)
    expect(await reason({ fetch, isOnline: () => false })).toBe('offline')
    // Nobody is asked a second time without a network.
    expect(modes).toEqual([undefined])
  })

  it('lets an abort through as it is', async () => {
    const enough = new Error('enough')
    const transport = fetchTransport({ fetch, isOnline: () => true })
    await expect(transport({ ...request, signal: AbortSignal.abort(enough) })).rejects.toBe(enough)
  })

  it('follows redirects of a GET only, and sends nothing that names anybody', async () => {
    const asked: string[] = []
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${String(request.headers['git-protocol'])}`)
      expect([request.headers.cookie, request.headers.authorization, request.headers.referer]).toEqual([
        undefined,
        undefined,
        undefined,
      ])
      if (request.url === '/old') response.writeHead(307, { Location: '/new' }).end()
      else response.end('here')
    })
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const transport = fetchTransport({ fetch, isOnline: () => true })
    const asking = { ...request, url: `${base}/old`, headers: { 'Git-Protocol': 'version=2' } }
    expect(await transport(asking)).toMatchObject({ status: 200, url: `${base}/new` })
    // Node shows the redirect, browsers nothing but a status of 0.
    expect((await transport({ ...asking, method: 'POST', body: new Uint8Array(1) })).status).toBe(307)
    expect(asked).toEqual(['GET /old version=2', 'GET /new version=2', 'POST /old version=2'])
  })
})
