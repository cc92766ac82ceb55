import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve as resolvePath } from 'node:path'

export interface RelayOptions {
  args?: string[]
  port?: number
  /** Data directory, to start again with the same key and repositories. */
  data?: string
  /** Folder in which the command is "typed". */
  cwd?: string
  env?: Record<string, string>
  /** How `/health` is asked (default http). */
  scheme?: 'http' | 'https'
}

/** A real relay process, as `npm start` runs it. */
export class RelayProcess {
  readonly port: number
  readonly data: string
  readonly #options: RelayOptions
  #child: ChildProcess
  #output = ''

  private constructor(child: ChildProcess, port: number, data: string, options: RelayOptions) {
    this.#child = child
    this.port = port
    this.data = data
    this.#options = options
    this.#listen()
  }

  static async start(options: RelayOptions = {}): Promise<RelayProcess> {
    const port = options.port ?? (await freePort())
    const data = options.data ?? (await mkdtemp(join(tmpdir(), 'guts-relay-')))
    const relay = new RelayProcess(spawnRelay(port, data, options), port, data, options)
    await relay.ready()
    return relay
  }

  get url(): string {
    return `http://localhost:${this.port}`
  }

  get output(): string {
    return this.#output
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Waits until `/health` answers. */
  async ready(path = `${this.#options.scheme ?? 'http'}://127.0.0.1:${this.port}/health`): Promise<void> {
    const deadline = Date.now() + 30_000
    while (Date.now() < deadline) {
      if (this.#child.exitCode !== null)
        throw new Error(`The relay ended with ${this.#child.exitCode}:\n${this.#output}`)
      if (await answers(path)) return
      await new Promise((done) => setTimeout(done, 100))
    }
    throw new Error(`The relay did not answer in 30 s:\n${this.#output}`)
  }

  /** Waits for a line of its output. */
  async line(pattern: RegExp, timeout = 30_000): Promise<RegExpMatchArray> {
    const deadline = Date.now() + timeout
    for (;;) {
      const match = this.#output.match(pattern)
      if (match !== null) return match
      if (Date.now() > deadline) throw new Error(`The relay never printed ${pattern}:\n${this.#output}`)
      await new Promise((done) => setTimeout(done, 50))
    }
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Ends it as Ctrl-C would; the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    return await this.#end(signal)
  }

  /** Starts it again: same port, key and data. */
  async restart(): Promise<void> {
    await this.kill()
    this.#child = spawnRelay(this.port, this.data, this.#options)
    this.#listen()
    await this.ready()
  }

  /** Stops it and removes its data. */
  async dispose(): Promise<void> {
    await this.kill()
    if (this.#options.data === undefined) await rm(this.data, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode
    const ended = once(this.#child, 'exit')
    this.#child.kill(signal)
    await ended
    return this.#child.exitCode
  }

  #listen(): void {
    const add = (bytes: Buffer): void => {
      this.#output += bytes.toString()
    }
    this.#child.stdout?.on('data', add)
    this.#child.stderr?.on('data', add)
  }
}

/** True where `url` answers with 200; a certificate that nobody knows is fine. */
async function answers(url: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const asked = (url.startsWith('https:') ? https : http).get(url, { rejectUnauthorized: false }, (response) => {
    response.resume()
    resolve(response.statusCode === 200)
  })
  // Not listening yet.
  asked.on('error', () => resolve(false))
  return await promise
}

function spawnRelay(port: number, data: string, options: RelayOptions): ChildProcess {
  const args = [resolvePath('dist/relay/main.js'), '--port', String(port), '--data', data, ...(options.args ?? [])]
  return spawn(resolvePath('node_modules/node/bin/node'), args, {
    cwd: options.cwd ?? process.cwd(),
    env: { ...process.env, INIT_CWD: options.cwd ?? process.cwd(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('No port could be had.')
  return address.port
}
