import type { IdentifyResult } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { multiaddr } from '@multiformats/multiaddr'
import { WebSockets, WebSocketsSecure } from '@multiformats/multiaddr-matcher'
import type { NodePeer } from '../src/peer/node.ts'

/** Relays that a page is told of beside ours: a page remembers as many. */
export const MAX_FURTHER = 8
/** WebSocket addresses that are kept of one relay. */
const MAX_ADDRESSES = 8

export interface RelaysForPage {
  /** One that takes over at once where ours is away; a page stays connected with it, too. */
  second: string | null
  /** Through which pages reach whoever is there. */
  further: string[]
}

/**
 * Where pages reach the other relays of the network: those that the operator named (`--bootstrap`), at the addresses that
 * they themselves announce. Whoever else says that it is a relay is never handed out: pages dial what they get here.
 */
export class OtherRelays {
  readonly #ids: ReadonlySet<string>
  readonly #addresses = new Map<string, Multiaddr[]>()
  #peer: NodePeer | undefined

  /** `bootstrap`: multiaddrs, each with `/p2p/<PeerId>` at its end. */
  constructor(bootstrap: string[]) {
    const named = bootstrap.map((text) => multiaddr(text))
    this.#ids = new Set(named.map(idOf))
    for (const address of named) if (isWebSocket(address)) this.#add(idOf(address), [address])
  }

  /** How many there are, and how many are connected. */
  get counts(): { named: number; connected: number } {
    return { named: this.#ids.size, connected: this.#connected().size }
  }

  start(peer: NodePeer): void {
    this.#peer = peer
    peer.components.events.addEventListener('peer:identify', this.#onIdentify)
  }

  stop(): void {
    this.#peer?.components.events.removeEventListener('peer:identify', this.#onIdentify)
    this.#peer = undefined
  }

  /** `secureOnly`: for a page that came by https, which may open no other WebSocket. `random`: from 0 to 1. */
  forPage(secureOnly: boolean, random = Math.random()): RelaysForPage {
    const connected = this.#connected()
    const usable = [...this.#ids].flatMap((id) => {
      const address = this.#addresses.get(id)?.find((known) => !secureOnly || WebSocketsSecure.matches(known))
      return address === undefined
        ? []
        : [{ id, address: `${address.toString().replace(/\/p2p\/\w+$/, '')}/p2p/${id}` }]
    })
    const candidates = usable.filter(({ id }) => connected.has(id))
    const second = candidates[Math.floor(random * candidates.length)]
    const further = usable.filter(({ id }) => id !== second?.id).slice(0, MAX_FURTHER)
    return { second: second?.address ?? null, further: further.map(({ address }) => address) }
  }

  #connected(): Set<string> {
    const connections = this.#peer?.components.connectionManager.getConnections() ?? []
    return new Set(connections.map(({ remotePeer }) => remotePeer.toString()).filter((id) => this.#ids.has(id)))
  }

  readonly #onIdentify = ({ detail }: CustomEvent<IdentifyResult>) => {
    const id = detail.peerId.toString()
    if (this.#ids.has(id)) this.#add(id, detail.listenAddrs.filter(isWebSocket))
  }

  #add(id: string, addresses: Multiaddr[]): void {
    const known = this.#addresses.get(id) ?? []
    const added = addresses.filter((address) => !known.some((other) => other.equals(address)))
    this.#addresses.set(id, [...added, ...known].slice(0, MAX_ADDRESSES))
  }
}

/** Directly at the relay: one behind another relay is no address of it. */
function isWebSocket(address: Multiaddr): boolean {
  return WebSockets.exactMatch(address) || WebSocketsSecure.exactMatch(address)
}

function idOf(address: Multiaddr): string {
  return address.getComponents().at(-1)?.value ?? ''
}
