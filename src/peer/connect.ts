import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { BUSY_RETRY, BUSY_WITHIN, UPGRADE_RETRY, WEBRTC_DIAL_TIMEOUT, WEBRTC_DIAL_TRIES } from './config.ts'
import { directConnections, isDirect, relayedConnections } from './components.ts'
import { PeerDeniedError, UnreachableError } from './errors.ts'
import { UnsupportedHelloError } from './hello-errors.ts'
import { peerIdFromRawKey } from './identity.ts'
import { sleep } from './sleep.ts'
import type { PeerComponents } from './components.ts'
import type { DenyList } from './deny-list.ts'
import type { ConfiguredRelays } from './relays.ts'
import type { Connection, Logger, PeerId, PeerInfo } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface ConnectorOptions {
  relays: ConfiguredRelays
  denied: DenyList
  /** This node can do WebRTC. */
  webrtc: boolean
  /** Says Hello on a connection and resolves when both sides know each other. */
  greet: (connection: Connection, options: { signal: AbortSignal }) => Promise<void>
  findPeer: (peer: PeerId, options: { signal: AbortSignal }) => Promise<PeerInfo | undefined>
}

type Components = Pick<PeerComponents, 'connectionManager' | 'events' | 'peerId' | 'peerStore' | 'logger'>

/** Reaches one peer: directly by WebRTC through a relay if that can be had, else over the relayed link. */
export class Connector {
  readonly #components: Components
  readonly #options: ConnectorOptions
  readonly #log: Logger
  readonly #attempts = new Map<string, Promise<Connection>>()
  /** When WebRTC to a peer last failed, and for how long it is not tried again. */
  readonly #failed = new Map<string, { at: number; wait: number }>()

  constructor(components: Components, options: ConnectorOptions) {
    this.#components = components
    this.#options = options
    this.#log = components.logger.forComponent('guts:connect')
  }

  /** Resolves with a connection on which Hello is done. Rejects with `UnreachableError` or `PeerDeniedError`. */
  async connect(peer: string | Uint8Array, options: { signal: AbortSignal }): Promise<Connection> {
    const id = toPeerId(peer)
    const name = id.toString()
    const denied = this.#options.denied.get(name)

    options.signal.throwIfAborted()
    if (denied !== undefined) {
      throw new PeerDeniedError(name, denied.reason, denied.until)
    }
    if (id.equals(this.#components.peerId)) {
      throw new UnreachableError(name, [], 'This is our own address: there is nobody else to connect to.')
    }

    // One attempt a peer serves all who ask; each leaves with its own signal.
    let attempt = this.#attempts.get(name)

    if (attempt === undefined) {
      attempt = this.#reach(id).finally(() => this.#attempts.delete(name))
      this.#attempts.set(name, attempt)
    }

    const connection = await raceAbort(attempt, options.signal)

    try {
      await this.#options.greet(connection, options)
    } catch (error) {
      options.signal.throwIfAborted()
      if (error instanceof PeerDeniedError || error instanceof UnsupportedHelloError) {
        throw error
      }
      throw new UnreachableError(
        name,
        [toError(error)],
        `Peer ${name} answers, but not to Hello. It may run another app.`,
      )
    }

    return connection
  }

  async #reach(id: PeerId): Promise<Connection> {
    const causes: Error[] = []
    const existing = directConnections(this.#components, id)[0]

    if (existing !== undefined) {
      return existing
    }
    if (this.#options.relays.has(id.toString())) {
      return this.#dialDirect(id, this.#options.relays.addresses(id.toString()), causes)
    }

    if (this.#options.webrtc && !this.#failedLately(id)) {
      for (let attempt = 0; attempt < WEBRTC_DIAL_TRIES; attempt++) {
        const connection = await this.#tryWebRtc(id, causes, attempt)

        if (connection !== undefined) {
          this.#failed.delete(id.toString())
          return connection
        }
        if (isUnsupported(causes.at(-1))) {
          break
        }
      }

      this.#noteFailure(id)
    }

    return this.#keepRelayed(id, causes)
  }

  /** A path that WebRTC did not find a moment ago is not looked for again while the relayed link is there. */
  #failedLately(id: PeerId): boolean {
    const failed = this.#failed.get(id.toString())

    return (
      failed !== undefined &&
      Date.now() - failed.at < failed.wait &&
      relayedConnections(this.#components, id).length > 0
    )
  }

  #noteFailure(id: PeerId): void {
    const before = this.#failed.get(id.toString())
    const wait = before === undefined ? UPGRADE_RETRY.first : Math.min(2 * before.wait, UPGRADE_RETRY.most)

    for (const [name, { at }] of this.#failed) {
      if (Date.now() - at >= 2 * UPGRADE_RETRY.most) {
        this.#failed.delete(name)
      }
    }
    this.#failed.set(id.toString(), { at: Date.now(), wait })
  }

  async #tryWebRtc(id: PeerId, causes: Error[], attempt: number): Promise<Connection | undefined> {
    const addresses = await this.#addresses(id, '/webrtc', attempt)

    if (addresses.length === 0) {
      return undefined
    }

    const began = Date.now()

    try {
      return await this.#dial(id, addresses)
    } catch (error) {
      causes.push(toError(error))
      this.#log('WebRTC to %p failed - %e', id, error)
    }

    if (isUnsupported(causes.at(-1))) {
      return undefined
    }
    if (Date.now() - began < BUSY_WITHIN && relayedConnections(this.#components, id).length > 0) {
      await sleep(BUSY_RETRY.least + Math.random() * BUSY_RETRY.jitter)
    }

    return directConnections(this.#components, id)[0]
  }

  async #dialDirect(id: PeerId, addresses: Multiaddr[], causes: Error[]): Promise<Connection> {
    try {
      return await this.#dial(id, addresses)
    } catch (error) {
      throw new UnreachableError(id.toString(), [...causes, toError(error)])
    }
  }

  /**
   * Dials, and is content with a connection that the other side makes meanwhile: when both dial, one may hang. Our own
   * dial then goes on, because the other side may be content with that one; `LinkKeeper` closes what is too much.
   */
  async #dial(id: PeerId, addresses: Multiaddr[]): Promise<Connection> {
    const signal = AbortSignal.timeout(WEBRTC_DIAL_TIMEOUT)
    const inbound = Promise.withResolvers<Connection>()
    const onOpen = (event: CustomEvent<Connection>): void => {
      if (event.detail.remotePeer.equals(id) && isDirect(event.detail)) {
        inbound.resolve(event.detail)
      }
    }

    this.#components.events.addEventListener('connection:open', onOpen)

    try {
      const manager = this.#components.connectionManager
      const dialled = raceAbort(manager.openConnection(addresses, { signal, priority: 75 }), signal)

      return await Promise.race([dialled, inbound.promise])
    } finally {
      this.#components.events.removeEventListener('connection:open', onOpen)
    }
  }

  async #keepRelayed(id: PeerId, causes: Error[]): Promise<Connection> {
    const [existing] = [...directConnections(this.#components, id), ...relayedConnections(this.#components, id)]

    if (existing !== undefined) {
      return existing
    }

    const addresses = await this.#addresses(id, '', 0)

    if (addresses.length === 0) {
      throw new UnreachableError(id.toString(), causes)
    }

    return this.#dialDirect(id, addresses, causes)
  }

  /**
   * Where the peer may be: behind a further relay that it was heard of at, behind each of our own, those that we are
   * connected to first. On a second try also where the DHT says, and behind every further relay.
   */
  async #addresses(id: PeerId, suffix: '/webrtc' | '', attempt: number): Promise<Multiaddr[]> {
    const target = `/p2p-circuit${suffix}/p2p/${id.toString()}`
    const { relays } = this.#options
    const own = relays.ids()
    const isConnected = (relay: string): boolean =>
      this.#components.connectionManager.getConnections(peerIdFromString(relay)).length > 0
    const heardOf = await this.#relaysOf(id)
    const ordered = [...heardOf, ...own.filter(isConnected), ...own.filter((relay) => !isConnected(relay))]
    const behind = (ids: string[]): Multiaddr[] =>
      ids.flatMap((relay) => {
        const address = relays.addresses(relay)[0]

        return address === undefined ? [] : [multiaddr(`${address.toString()}${target}`)]
      })
    const through = behind(ordered)

    if (attempt > 0 || own.length === 0) {
      through.push(...(await this.#lookUp(id, suffix)))
    }
    // The relayed link, which has no suffix, is the last try.
    if (attempt > 0 || suffix === '') {
      through.push(...behind(relays.furtherIds().filter((relay) => !heardOf.includes(relay))))
    }

    return through
  }

  /** Further relays that the peer was heard of at: finding it in the DHT tells its addresses. */
  async #relaysOf(id: PeerId): Promise<string[]> {
    const further = this.#options.relays.furtherIds()

    if (further.length === 0 || !(await this.#components.peerStore.has(id))) {
      return []
    }

    const { addresses } = await this.#components.peerStore.get(id)

    return further.filter((relay) => addresses.some(({ multiaddr: address }) => isBehind(address, relay)))
  }

  async #lookUp(id: PeerId, suffix: string): Promise<Multiaddr[]> {
    try {
      const info = await this.#options.findPeer(id, { signal: AbortSignal.timeout(WEBRTC_DIAL_TIMEOUT) })

      // Records name the relay's PeerId and leave out the target's.
      const isComplete = (address: Multiaddr): boolean => address.getComponents().at(-1)?.value === id.toString()

      return (info?.multiaddrs ?? [])
        .map((address) => (isComplete(address) ? address : address.encapsulate(`/p2p/${id.toString()}`)))
        .filter((address) => this.#options.relays.isCircuit(address))
        .filter((address) => address.toString().includes('/webrtc') === (suffix === '/webrtc'))
    } catch (error) {
      this.#log('could not look up %p - %e', id, error)
      return []
    }
  }
}

function isBehind(address: Multiaddr, relay: string): boolean {
  return address.toString().includes(`/p2p/${relay}/p2p-circuit`)
}

/** A PeerId in text or a raw Ed25519 key. Throws `UnreachableError` or `InvalidKeyError`. */
export function toPeerId(peer: string | Uint8Array): PeerId {
  if (typeof peer !== 'string') {
    return peerIdFromRawKey(peer)
  }

  try {
    return peerIdFromString(peer)
  } catch (error) {
    throw new UnreachableError(peer, [toError(error)], `"${peer}" is no PeerId.`)
  }
}

/** The other side is no browser: it will not speak WebRTC the next time either. */
function isUnsupported(error: Error | undefined): boolean {
  return error?.name === 'UnsupportedProtocolError'
}

async function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(toError(signal.reason))

  if (signal.aborted) {
    onAbort()
  }
  signal.addEventListener('abort', onAbort, { once: true })

  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function toError(error: unknown): Error {
  // A WebSocket that cannot be opened rejects with an Event.
  return error instanceof Error
    ? error
    : new Error(error instanceof Event ? `The connection failed (${error.type})` : String(error))
}
