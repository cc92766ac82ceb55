import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { build } from 'vite'
import type { Answers, PeersCommand } from '../peers/protocol.ts'

/** A process with many peers in it, which does one thing at a time. */
export class PeersProcess {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Bundles it into `folder`, as the relay is, and starts it. */
  static async start(folder: string): Promise<PeersProcess> {
    const outDir = join(folder, 'peers')
    await build({
      configFile: false,
      publicDir: false,
      logLevel: 'error',
      ssr: { target: 'node', noExternal: true },
      build: {
        ssr: resolve('bench/peers/main.ts'),
        outDir,
        emptyOutDir: true,
        target: 'node24',
        minify: false,
        rollupOptions: { output: { entryFileNames: 'main.mjs' } },
      },
    })
    return new PeersProcess(fork(join(outDir, 'main.mjs'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }))
  }

  /** Rejects with what went wrong there, or where it ended. */
  async tell<K extends PeersCommand['kind']>(command: PeersCommand & { kind: K }): Promise<Answers[K]> {
    const stop = new AbortController()
    const ended = once(this.#child, 'exit', { signal: stop.signal }).then(([code]) => {
      throw new Error(`The peers' process ended with ${String(code)}.`)
    })
    ended.catch(() => undefined)
    this.#child.send(command)
    try {
      const [answer] = (await Promise.race([once(this.#child, 'message', { signal: stop.signal }), ended])) as [
        { value: Answers[K] } | { error: string },
      ]
      if ('error' in answer) throw new Error(answer.error)
      return answer.value
    } finally {
      stop.abort()
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }
}

/** The rival's server; its port. */
export class FanOutServer {
  readonly port: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  static async start(): Promise<FanOutServer> {
    const child = fork(resolve('bench/peers/fan-out-server.ts'))
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    return new FanOutServer(child, port)
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }
}
