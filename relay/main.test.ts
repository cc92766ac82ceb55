import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { TestGit } from './testing.ts'

/** Below the project, where the packages are found that the build leaves out. */
const OUT = join(import.meta.dirname, '..', 'dist', `relay-test-${process.pid}`)
let folder: string
const children: ChildProcess[] = []

/** The built relay as a process of its own, as `npm start` runs it. */
function run(...args: string[]) {
  const child = spawn(process.execPath, [join(OUT, 'main.js'), '--data', join(folder, 'data'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, INIT_CWD: folder },
  })
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

  it('stops when the process that started it is gone', async () => {
    const relay = run('--port', '0')
    await serving(relay)
    relay.child.disconnect()
    expect(await ended(relay)).toEqual([0, null])
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
