import { createTabPeer, loadWebRtc } from '../../../src/peer/browser.ts'
import { memoryKeys, memoryLocks } from '../../../src/peer/memory-keys.ts'
import { Attacker } from './attacker.ts'
import type { GutsPeer, PeerState } from '../../../src/peer/index.ts'

const ECHO = '/guts/test-echo/1.0.0'
const SINK = '/guts/test-sink/1.0.0'

interface StartOptions {
  relays: string[]
  furtherRelays?: string[]
  name: string
  /** Keys in memory, so that many peers fit into one page; else the browser's own storage. */
  inMemory?: boolean
}

/** Peers of this page, driven by the tests. */
class Harness {
  readonly #peers: GutsPeer[] = []
  readonly #received = new Map<GutsPeer, number>()
  readonly #heard: string[] = []

  async start(options: StartOptions): Promise<string> {
    const peer = await createTabPeer({
      relays: options.relays,
      furtherRelays: options.furtherRelays,
      iceServers: [],
      name: options.name,
      validateAnnouncement: async () => 'accept',
      ...(options.inMemory === true ? { storage: memoryKeys(), locks: memoryLocks() } : {}),
    })

    this.#peers.push(peer)
    await peer.start()
    await peer.handle(ECHO, async (stream) => {
      for await (const chunk of stream) {
        stream.send(chunk)
      }
      await stream.close()
    })
    await peer.handle(SINK, async (stream) => {
      for await (const chunk of stream) {
        this.#received.set(peer, (this.#received.get(peer) ?? 0) + chunk.byteLength)
      }
      await stream.close()
    })

    return peer.peerId.toString()
  }

  async stop(index = 0): Promise<void> {
    await this.#peer(index).stop()
    this.#peers.splice(index, 1)
  }

  /** Resolves with the milliseconds that it took. */
  async reserved(index = 0, timeout = 20_000): Promise<number> {
    const began = performance.now()
    const peer = this.#peer(index)

    while (peer.relayStatus.kind !== 'ready') {
      if (performance.now() - began > timeout) {
        throw new Error(`No reservation after ${timeout} ms: ${JSON.stringify(peer.relayStatus)}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }

    return performance.now() - began
  }

  id(index = 0): string {
    return this.#peer(index).peerId.toString()
  }

  status(index = 0): string {
    return this.#peer(index).relayStatus.kind
  }

  addresses(index = 0): string[] {
    return this.#peer(index).addresses()
  }

  async connect(peer: string, index = 0): Promise<{ state: PeerState; took: number }> {
    const began = performance.now()
    const state = await this.#peer(index).connect(peer, { signal: AbortSignal.timeout(30_000) })

    return { state, took: performance.now() - began }
  }

  peers(index = 0): PeerState[] {
    return this.#peer(index).peers.list()
  }

  async deny(peer: string, index = 0): Promise<void> {
    await this.#peer(index).peers.deny(peer, 'A test said so')
  }

  setInterests(keys: number[][], index = 0): void {
    this.#peer(index).setInterests(keys.map((key) => Uint8Array.from(key)))
  }

  async echo(peer: string, text: string, index = 0): Promise<string> {
    const { stream } = await this.#peer(index).openStream(peer, ECHO, { signal: AbortSignal.timeout(10_000) })
    stream.send(new TextEncoder().encode(text))
    const closed = stream.close()
    const decoder = new TextDecoder()
    let answer = ''

    for await (const chunk of stream) {
      answer += decoder.decode(chunk.subarray(), { stream: true })
    }
    await closed
    return answer
  }

  /** Sends bytes as fast as the stream takes them; megabytes a second. */
  async send(peer: string, bytes: number, index = 0): Promise<number> {
    const { stream } = await this.#peer(index).openStream(peer, SINK, { signal: AbortSignal.timeout(10_000) })
    const chunk = new Uint8Array(64 * 1024)
    const began = performance.now()

    for (let sent = 0; sent < bytes; sent += chunk.byteLength) {
      if (!stream.send(chunk)) {
        await stream.onDrain({ signal: AbortSignal.timeout(10_000) })
      }
    }
    await stream.close()

    return bytes / 1e6 / ((performance.now() - began) / 1000)
  }

  received(index = 0): number {
    return this.#received.get(this.#peer(index)) ?? 0
  }

  follow(key: number[], index = 0): void {
    this.#peer(index).announcements.follow(Uint8Array.from(key))
    this.#peer(index).announcements.on(({ bytes }) => this.#heard.push(new TextDecoder().decode(bytes)))
  }

  async publish(key: number[], text: string, index = 0): Promise<void> {
    await this.#peer(index).announcements.publish(Uint8Array.from(key), new TextEncoder().encode(text))
  }

  heard(): string[] {
    return this.#heard
  }

  provide(key: number[], index = 0): void {
    this.#peer(index).discovery.provide(Uint8Array.from(key))
  }

  async find(key: number[], index = 0): Promise<string[]> {
    const found: string[] = []

    for await (const peer of this.#peer(index).discovery.find(Uint8Array.from(key), {
      signal: AbortSignal.timeout(10_000),
    })) {
      found.push(peer.toString())
    }

    return found
  }

  /** A libp2p node that keeps none of our rules. */
  readonly attacker = new Attacker()

  #peer(index: number): GutsPeer {
    const peer = this.#peers[index]

    if (peer === undefined) {
      throw new Error(`This page has no peer ${index}`)
    }

    return peer
  }
}

declare global {
  var harness: Harness
}

// Also what a test needs after its relay, which serves the page, is gone.
await loadWebRtc()
globalThis.harness = new Harness()
export type { Harness }
