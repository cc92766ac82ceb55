import { execFile } from 'node:child_process'
import type { LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { isIPv6, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { gitEnvironment } from '../../playwright/fixtures/git.ts'
import { GitServer } from '../../playwright/fixtures/git-server.ts'
import { makeRepository } from '../../playwright/fixtures/make-repository.ts'
import { judgeRepository, noDifference } from '../../playwright/fixtures/oracle.ts'
import { selfSigned, type Certificate } from '../../playwright/support/tls-proxy.ts'
import { TrustedProxies } from '../forwarded-for.ts'
import type { Resolve } from './public-address.ts'
import { GitProxy, type GitProxyOptions } from './proxy.ts'

const discovery = 'info/refs?service=git-upload-pack'
const advertisement = 'application/x-git-upload-pack-advertisement'
const VERSION_2 = { 'Git-Protocol': 'version=2' }
const COMMAND = { ...VERSION_2, 'Content-Type': 'application/x-git-upload-pack-request' }

let dir = ''
let tls: Certificate
let host: GitServer
/** What the host does in place of stock git. */
let intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
const stops: Array<() => unknown> = []

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'git-proxy-'))
  await makeRepository(join(dir, 'code.git'), { commits: 200, seed: 8, bare: true })
  tls = await selfSigned(['git.test'])
  host = await GitServer.start(dir, { tls, intercept: (...asked) => intercept?.(...asked) ?? false })
})
afterAll(async () => {
  await host.stop()
  rmSync(dir, { recursive: true, force: true })
})
afterEach(() => {
  intercept = undefined
  host.asked.length = 0
  for (const stop of stops.splice(0)) stop()
})

/** Stock git, while the proxy that it talks to runs in this process. */
async function git(...args: string[]): Promise<string> {
  const options = { cwd: dir, env: { ...gitEnvironment, GIT_CONFIG_PARAMETERS: "'protocol.version=2'" } }
  return (await promisify(execFile)('git', args, options)).stdout
}

async function start(options: Partial<GitProxyOptions> = {}): Promise<{ proxy: GitProxy; url: string }> {
  const proxy = new GitProxy({
    hosts: [host.host],
    maxBytes: 2 ** 31,
    allows: async () => true,
    proxies: new TrustedProxies(['127.0.0.1']),
    ca: tls.cert,
    ...options,
  })
  const server = createServer((...asked) => void proxy.answer(...asked)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  stops.push(
    () => proxy.close(),
    () => server.closeAllConnections(),
    () => server.close(),
  )
  return { proxy, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/proxy/${host.host}` }
}

/** A name service that knows one answer to everything. */
function resolver(addresses: string[]): Resolve {
  const answer: LookupAddress[] = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }))
  const resolve = (_: string, __: unknown, callback: (error: Error | null, addresses: LookupAddress[]) => void): void =>
    callback(answer.length === 0 ? new Error('ENOTFOUND') : null, answer)
  return resolve as unknown as Resolve
}

/** Has the host answer for as long as it is listened to. */
function endless(): { bytes: number; gone: boolean } {
  const answered = { bytes: 0, gone: false }
  intercept = (_, response) => {
    response.writeHead(200, { 'Content-Type': advertisement })
    response.once('close', () => (answered.gone = true))
    const more = (): void => {
      if (response.destroyed) return
      answered.bytes += 65_536
      response.write(Buffer.alloc(65_536), more)
    }
    more()
    return true
  }
  return answered
}

async function refusal(url: string, init: RequestInit = { headers: VERSION_2 }): Promise<[number, string | null]> {
  const answer = await fetch(url, { redirect: 'manual', ...init })
  expect((await answer.text()).length).toBeLessThan(200)
  return [answer.status, answer.headers.get('git-proxy-error')]
}

describe('GitProxy', () => {
  it('lets stock git clone through it, exactly', async () => {
    const { proxy, url } = await start()
    await git('clone', '-q', '--mirror', `${url}/code.git`, 'clone.git')
    expect(judgeRepository(join(dir, 'clone.git'), join(dir, 'code.git'))).toEqual(noDifference)
    expect(proxy.counts.active).toBe(0)
    expect(proxy.counts.bytes).toBeGreaterThan(10_000)
    for (const { headers } of host.asked) expect(headers['user-agent']).toBe('git/guts-relay')
  })

  it('passes no credentials on, in either direction, and nothing else that it was not asked for', async () => {
    intercept = (request, response) => {
      response.setHeader('Set-Cookie', 'a=b')
      response.setHeader('WWW-Authenticate', 'Basic realm="git"')
      response.setHeader('Access-Control-Allow-Origin', '*')
      response.setHeader('Content-Type', advertisement)
      response.end('0000')
      expect(request.headers.referer).toBeUndefined()
      return true
    }
    const { url } = await start()
    const headers = {
      ...VERSION_2,
      Cookie: 'a=b',
      Authorization: 'Basic eDp5',
      Referer: 'http://localhost/',
      'X-A': 'b',
    }
    const answer = await fetch(`${url}/code.git/${discovery}`, { headers })
    expect(await answer.text()).toBe('0000')
    expect(Object.keys(Object.fromEntries(answer.headers)).sort()).toEqual(
      ['cache-control', 'connection', 'content-length', 'content-type', 'date', 'keep-alive'].sort(),
    )
    const sent = host.asked[0]?.headers ?? {}
    expect(Object.keys(sent).sort()).toEqual(
      ['accept', 'accept-encoding', 'connection', 'git-protocol', 'host', 'user-agent'].sort(),
    )
    expect(sent['git-protocol']).toBe('version=2')
  })

  it('asks no host that is not listed, and none without being asked as git asks', async () => {
    const { url } = await start()
    const { origin } = new URL(url)
    expect(await refusal(`${origin}/proxy/github.com/git/git/${discovery}`)).toEqual([403, 'host'])
    expect(await refusal(`${origin}/proxy/localhost:1/git/git/${discovery}`)).toEqual([403, 'host'])
    expect(await refusal(`${url}/code.git/${discovery}`, {})).toEqual([400, 'form'])
    expect(await refusal(`${url}/code.git/HEAD`)).toEqual([400, 'form'])
    expect(await refusal(`${url}/code.git/${discovery}`, { method: 'OPTIONS', headers: VERSION_2 })).toEqual([
      400,
      'form',
    ])
    const plain = { method: 'POST', headers: { ...VERSION_2, 'Content-Type': 'text/plain' }, body: '0000' }
    expect(await refusal(`${url}/code.git/git-upload-pack`, plain)).toEqual([400, 'form'])
    const off = await start({ allows: async () => false })
    expect(await refusal(`${off.url}/code.git/${discovery}`)).toEqual([403, 'off'])
    expect(host.asked).toEqual([])
  })

  it('asks no listed name that leads into a private network', async () => {
    const name = `git.test:${host.port}`
    const asked = async (...addresses: string[]) => {
      const { url } = await start({ hosts: [name], resolve: resolver(addresses) })
      return (await refusal(`${new URL(url).origin}/proxy/${name}/code.git/${discovery}`))[1]
    }
    expect(await asked('127.0.0.1')).toBe('address')
    expect(await asked('::1')).toBe('address')
    // One of them is enough: which one is connected to is chance.
    expect(await asked('140.82.121.3', '10.0.0.1')).toBe('address')
    expect(await asked()).toBe('unreachable')
    expect(host.asked).toEqual([])
  })

  it('believes no certificate that is not for the host', async () => {
    const { url } = await start({ ca: undefined })
    expect(await refusal(`${url}/code.git/${discovery}`)).toEqual([502, 'unreachable'])
    const { port } = host
    const named = await start({ hosts: [`127.0.0.1:${port}`] })
    const asked = `${new URL(named.url).origin}/proxy/127.0.0.1:${port}/code.git/${discovery}`
    expect(await refusal(asked)).toEqual([502, 'unreachable'])
  })

  it('passes on what the host refuses, without its words', async () => {
    const { url } = await start()
    for (const status of [401, 403, 404, 429, 500]) {
      intercept = (_, response) => {
        response.setHeader('WWW-Authenticate', 'Basic realm="git"')
        response.writeHead(status).end('<script>alert(1)</script>')
        return true
      }
      const answer = await fetch(`${url}/code.git/${discovery}`, { headers: VERSION_2 })
      expect([answer.status, await answer.text(), answer.headers.get('www-authenticate')]).toEqual([status, '', null])
    }
  })

  it.each([
    ['a page', 200, { 'Content-Type': 'text/html' }],
    ['an answer to something else', 200, { 'Content-Type': 'application/x-git-upload-pack-result' }],
    ['what is compressed', 200, { 'Content-Type': advertisement, 'Content-Encoding': 'gzip' }],
    ['a part', 206, { 'Content-Type': advertisement }],
    ['no type', 200, {}],
  ])('serves nothing from the origin of the page but what is git’s: not %s', async (_, status, headers) => {
    intercept = (_, response) => {
      response.writeHead(status, headers).end('<script>alert(1)</script>')
      return true
    }
    const { url } = await start()
    expect(await refusal(`${url}/code.git/${discovery}`)).toEqual([502, 'not-git'])
  })

  it('sends a page on within the hosts that are listed, and nowhere else', async () => {
    const { url } = await start()
    const to = async (location: string, path = `code.git/${discovery}`, init: RequestInit = { headers: VERSION_2 }) => {
      intercept = (_, response) => {
        response.writeHead(301, { Location: location }).end()
        return true
      }
      const answer = await fetch(`${url}/${path}`, { redirect: 'manual', ...init })
      return answer.headers.get('location') ?? answer.headers.get('git-proxy-error')
    }
    expect(await to(`https://${host.host}/new.git/${discovery}`)).toBe(`/proxy/${host.host}/new.git/${discovery}`)
    expect(await to(`/new.git/${discovery}`)).toBe(`/proxy/${host.host}/new.git/${discovery}`)
    expect(await to(`http://${host.host}/new.git/${discovery}`)).toBe('redirect')
    expect(await to(`https://127.0.0.1:${host.port}/new.git/${discovery}`)).toBe('redirect')
    expect(await to('https://169.254.169.254/latest/meta-data/')).toBe('redirect')
    expect(await to(`https://${host.host}/login`)).toBe('redirect')
    expect(await to('::')).toBe('redirect')
    const command = { method: 'POST', headers: COMMAND, body: '0000' }
    expect(await to(`https://${host.host}/new.git/git-upload-pack`, 'code.git/git-upload-pack', command)).toBe(
      'redirect',
    )
    // And what it is sent on to is what git gets.
    intercept = ({ url }, response) => {
      if (url?.startsWith('/old.git') !== true) return false
      response.writeHead(302, { Location: url.replace('old', 'code') }).end()
      return true
    }
    expect(await git('ls-remote', '--heads', `${url}/old.git`)).toContain('refs/heads/main')
  })

  it('takes a request of 1 MiB, and none that is a byte longer', async () => {
    intercept = (request, response) => {
      let length = 0
      request.on('data', (part: Buffer) => (length += part.length))
      request.on('end', () => {
        response.writeHead(200, { 'Content-Type': 'application/x-git-upload-pack-result' }).end(String(length))
      })
      return true
    }
    const { url } = await start()
    const send = (bytes: number) => ({ method: 'POST', headers: COMMAND, body: new Uint8Array(bytes) })
    const most = await fetch(`${url}/code.git/git-upload-pack`, send(1_048_576))
    expect([most.status, await most.text()]).toEqual([200, '1048576'])
    host.asked.length = 0
    expect(await refusal(`${url}/code.git/git-upload-pack`, send(1_048_577))).toEqual([413, 'large'])
    // Without a length in front it shows while it is read.
    const stream = new Blob([new Uint8Array(1_048_577)]).stream()
    const streamed = { method: 'POST', headers: COMMAND, body: stream, duplex: 'half' } as RequestInit
    expect(await refusal(`${url}/code.git/git-upload-pack`, streamed)).toEqual([413, 'large'])
    expect(host.asked).toEqual([])
  })

  it('passes on an answer that has the limit, and breaks off one that is a byte longer', async () => {
    const { url } = await start({ maxBytes: 1000 })
    const answer = (bytes: number, length: boolean) => {
      intercept = (_, response) => {
        const headers = { 'Content-Type': advertisement, ...(length ? { 'Content-Length': bytes } : {}) }
        response.writeHead(200, headers).end(Buffer.alloc(bytes))
        return true
      }
      return fetch(`${url}/code.git/${discovery}`, { headers: VERSION_2 })
    }
    expect((await (await answer(1000, true)).arrayBuffer()).byteLength).toBe(1000)
    expect((await (await answer(1000, false)).arrayBuffer()).byteLength).toBe(1000)
    expect((await answer(1001, true)).headers.get('git-proxy-error')).toBe('large')
    await expect((async () => (await answer(1001, false)).arrayBuffer())()).rejects.toThrow()
  })

  it('waits for a host that is silent only so long, before its answer and in it', async () => {
    const { proxy, url } = await start({ hostTimeout: 100 })
    intercept = () => true
    expect(await refusal(`${url}/code.git/${discovery}`)).toEqual([504, 'stalled'])
    intercept = (_, response) => {
      response.writeHead(200, { 'Content-Type': advertisement }).write('0000')
      return true
    }
    const answer = await fetch(`${url}/code.git/${discovery}`, { headers: VERSION_2 })
    await expect(answer.arrayBuffer()).rejects.toThrow()
    await expect.poll(() => proxy.counts.active).toBe(0)
  })

  it('takes from the host only what the page takes, and lets go of it when the page goes', async () => {
    const answered = endless()
    const { proxy, url } = await start()
    const asked = request(`${url}/code.git/${discovery}`, { headers: VERSION_2 }).end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    answer.pause()
    let before = -1
    await expect
      .poll(
        () => {
          const still = answered.bytes === before
          before = answered.bytes
          return still && before > 0
        },
        { interval: 300, timeout: 10_000 },
      )
      .toBe(true)
    // What four sockets of a machine hold, however long the answer.
    expect(answered.bytes).toBeLessThan(32 << 20)
    answer.destroy()
    await expect.poll(() => [answered.gone, proxy.counts.active]).toEqual([true, 0])
  })

  it('cuts off a page that takes nothing', async () => {
    endless()
    const { proxy, url } = await start({ unreadTimeout: 100 })
    const asked = request(`${url}/code.git/${discovery}`, { headers: VERSION_2 }).end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    answer.on('error', () => undefined).pause()
    await expect.poll(() => proxy.counts.active).toBe(0)
    asked.destroy()
  })

  it('has a number of requests under way that it does not exceed, for each address and in all', async () => {
    intercept = () => true
    const { proxy, url } = await start()
    const hold = (from: string) => {
      const stop = new AbortController()
      stops.push(() => stop.abort())
      const headers = { ...VERSION_2, 'X-Forwarded-For': from }
      fetch(`${url}/code.git/${discovery}`, { headers, signal: stop.signal }).catch(() => undefined)
    }
    for (let i = 0; i < 8; i++) hold('1.1.1.1')
    await expect.poll(() => proxy.counts.active).toBe(8)
    const from = (address: string) => ({ headers: { ...VERSION_2, 'X-Forwarded-For': address } })
    expect(await refusal(`${url}/code.git/${discovery}`, from('1.1.1.1'))).toEqual([503, 'busy'])
    for (let i = 0; i < 24; i++) hold(`2.2.2.${i}`)
    await expect.poll(() => proxy.counts.active).toBe(32)
    expect(await refusal(`${url}/code.git/${discovery}`, from('3.3.3.3'))).toEqual([503, 'busy'])
    for (const stop of stops.splice(3)) stop()
    await expect.poll(() => proxy.counts.active).toBe(0)
    intercept = undefined
    await sleep(10)
    expect((await fetch(`${url}/code.git/${discovery}`, from('1.1.1.1'))).status).toBe(200)
  })
})
