import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Browser, type BrowserContext, type Page, test as base } from '@playwright/test'
import { build } from 'vite'
import { freePort } from '../support/relay-process.ts'
import type { Harness } from './page/main.ts'

export { expect } from '@playwright/test'

/** A relay process made of src/peer and the relay's listener alone. */
export class BareRelay {
  readonly port: number
  readonly #folder: string
  readonly #keys: string
  readonly #bootstrap: string[]
  #child: ChildProcess | undefined
  address = ''

  /** `keys`: folder of its key; two relays that run at once have two. */
  constructor(port: number, folder: string, { keys = 'keys', bootstrap = [] as string[] } = {}) {
    this.port = port
    this.#folder = folder
    this.#keys = keys
    this.#bootstrap = bootstrap
  }

  get url(): string {
    return `http://localhost:${this.port}/`
  }

  async start(): Promise<void> {
    const child = spawn(
      resolve('node_modules/node/bin/node'),
      [
        join(this.#folder, 'relay/relay-main.js'),
        String(this.port),
        join(this.#folder, this.#keys),
        join(this.#folder, 'page'),
        ...this.#bootstrap,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    this.#child = child

    this.address = await new Promise<string>((done, fail) => {
      let output = ''
      child.stdout.on('data', (bytes: Buffer) => {
        output += bytes.toString()
        const match = /^ready (\S+)$/m.exec(output)
        if (match?.[1] !== undefined) done(match[1])
      })
      child.once('exit', (code) => fail(new Error(`The relay ended with ${code}: ${output}`)))
    })
  }

  /** Memory of the process. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.#child?.pid ?? 0}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
  }

  /** A process that floods this relay, ready to begin; `stop` tells for how many milliseconds each of its peers lasted. */
  async floodWith(args: string[]): Promise<{ go(): void; stop(): Promise<number[]> }> {
    const child = spawn(
      resolve('node_modules/node/bin/node'),
      [join(this.#folder, 'relay/flooder-main.js'), this.address, ...args],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    let output = ''
    const armed = Promise.withResolvers<void>()
    child.stdout.on('data', (bytes: Buffer) => {
      output += bytes.toString()
      if (output.includes('armed')) armed.resolve()
    })
    const ended = once(child, 'exit')
    void ended.then(() => armed.reject(new Error(`The flooder ended: ${output}`)))
    await armed.promise
    return {
      go: () => void child.stdin.write('go\n'),
      async stop() {
        child.stdin.end()
        await ended
        return output.split('\n').slice(1).filter(Boolean).map(Number)
      },
    }
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const child = this.#child

    if (child?.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
  }
}

interface Rig {
  /** Where page and relay were built; once a worker. */
  built: string
}

interface Fixtures {
  relay: BareRelay
  /** A page of its own storage with the harness loaded. */
  newPage: (options?: { browser?: Browser }) => Promise<Page>
}

export const test = base.extend<Fixtures, Rig>({
  built: [
    async ({}, use) => {
      const folder = await mkdtemp(join(tmpdir(), 'guts-peer-'))
      await buildAll(folder)
      await use(folder)
      await rm(folder, { recursive: true, force: true })
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  relay: async ({ built }, use) => {
    const relay = new BareRelay(await freePort(), built)
    await relay.start()
    await use(relay)
    await relay.kill()
  },
  newPage: async ({ browser, relay }, use) => {
    const contexts: BrowserContext[] = []
    const errors: string[] = []

    await use(async (options = {}) => {
      const context = await (options.browser ?? browser).newContext()
      contexts.push(context)
      context.on('weberror', (event) => errors.push(String(event.error().stack ?? event.error())))
      const page = await context.newPage()
      await page.addInitScript(countPeerConnections)
      await page.goto(relay.url)
      await page.waitForFunction(() => 'harness' in globalThis)
      return page
    })

    for (const context of contexts) await context.close()
    if (errors.length > 0) throw new Error(`Pages failed:\n${errors.join('\n')}`)
  },
})

/** Calls the page's harness. */
export async function call<M extends keyof Methods>(
  page: Page,
  method: M,
  ...args: Parameters<Methods[M]>
): Promise<Awaited<ReturnType<Methods[M]>>> {
  return (await page.evaluate(
    async ([name, values]) => {
      const target = globalThis.harness as unknown as Record<string, (...parameters: unknown[]) => unknown>
      return await target[name]?.(...values)
    },
    [method as string, args as unknown[]] as const,
  )) as Awaited<ReturnType<Methods[M]>>
}

type Methods = { [M in keyof Harness as Harness[M] extends (...args: never[]) => unknown ? M : never]: Harness[M] }

/** Counts RTCPeerConnections: how many were made, and how many are not closed. */
function countPeerConnections(): void {
  const counts = { made: 0, open: new Set<RTCPeerConnection>() }
  const Original = globalThis.RTCPeerConnection

  globalThis.RTCPeerConnection = class extends Original {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      counts.made += 1
      counts.open.add(this)
    }

    override close(): void {
      counts.open.delete(this)
      super.close()
    }
  }
  Object.assign(globalThis, { peerConnections: counts })
}

export async function peerConnections(page: Page): Promise<{ made: number; open: number }> {
  return await page.evaluate(() => {
    const counts = (globalThis as unknown as { peerConnections: { made: number; open: Set<unknown> } }).peerConnections
    return { made: counts.made, open: counts.open.size }
  })
}

async function buildAll(folder: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'warn',
    root: resolve('playwright/peer/page'),
    base: './',
    build: { outDir: join(folder, 'page'), emptyOutDir: true, target: 'es2023', minify: false },
  })
  await build({
    configFile: false,
    logLevel: 'warn',
    root: resolve('.'),
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: join(folder, 'relay'),
      emptyOutDir: true,
      target: 'node24',
      minify: false,
      rollupOptions: {
        input: ['relay-main', 'flooder-main'].map((name) => resolve(`playwright/peer/${name}.ts`)),
        output: { format: 'es', entryFileNames: '[name].js' },
      },
    },
  })
}
