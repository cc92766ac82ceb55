import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { LinkQuality } from './link.ts'
import type { ProxyAnswer, ProxyRequest } from './main.ts'

/** The proxy that lies between two sides, as seen from the benchmark. */
export class Between {
  readonly quality: LinkQuality
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<number>>()
  /** What is stood for already. */
  readonly #ports = new Map<string, Promise<number>>()
  #lastId = 0

  constructor(quality: LinkQuality) {
    this.quality = quality
    this.#child = fork(fileURLToPath(new URL('./main.ts', import.meta.url)))
    this.#child.on('message', ({ id, port, error }: ProxyAnswer) => {
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (port === undefined) waiting?.reject(new Error(`The proxy could not stand for an address: ${error}`))
      else waiting?.resolve(port)
    })
    this.#child.once('exit', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`The proxy ended with ${code}.`))
    })
  }

  /** The port that stands for a UDP address, on the address's own interface. */
  async udp(host: string, port: number, quality = this.quality): Promise<number> {
    return await this.#ask('udp', host, port, quality)
  }

  /** The port that stands for a TCP port of this machine. */
  async tcp(port: number, quality = this.quality): Promise<number> {
    return await this.#ask('tcp', '127.0.0.1', port, quality)
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.disconnect()
    await ended
  }

  async #ask(kind: ProxyRequest['kind'], host: string, port: number, quality: LinkQuality): Promise<number> {
    const key = `${kind} ${host} ${port} ${quality.rtt} ${quality.loss}`
    const known = this.#ports.get(key)
    if (known !== undefined) return await known
    const waiting = Promise.withResolvers<number>()
    const id = ++this.#lastId
    this.#waiting.set(id, waiting)
    this.#ports.set(key, waiting.promise)
    const request: ProxyRequest = { id, kind, host, port, quality }
    this.#child.send(request)
    return await waiting.promise
  }
}
