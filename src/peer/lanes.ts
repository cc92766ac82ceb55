import { multiaddr } from '@multiformats/multiaddr'
import {
  LANE_DIAL_TIMEOUT,
  MAX_CONNECTIONS_PER_PEER,
  MAX_INBOUND_LANES,
  MAX_LANES,
  SIGNALLING_STREAMS_PER_CONNECTION,
} from './config.ts'
import { directConnections, isLane, isUnlimited, markLane } from './components.ts'
import { NoDirectConnectionError, NoLaneError } from './errors.ts'
import type { PeerComponents } from './components.ts'
import type { Connection, Logger, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

type Components = Pick<PeerComponents, 'connectionManager' | 'events' | 'logger' | 'transportManager'>

/**
 * More connections to a peer that is connected directly, for the bytes of a transfer: where the way is long, one SCTP
 * association carries less than the line does. The rest of this layer does not see them. They end with the direct
 * connection that they stand beside.
 *
 * No Hello is said on a lane. That is how the other side knows one: a further connection is none of its own to use until a
 * Hello comes on it, as it does on that of a peer that started anew.
 */
export class Lanes {
  readonly #components: Components
  readonly #log: Logger
  /** The dials of lanes that are under way or wait, by PeerId. */
  readonly #dialling = new Map<string, Set<Promise<unknown>>>()

  constructor(components: Components) {
    this.#components = components
    this.#log = components.logger.forComponent('guts:lanes')
  }

  /** Before everybody else who listens: they ask what a connection is. */
  start(): void {
    this.#components.events.addEventListener('connection:open', this.#onOpen)
    this.#components.events.addEventListener('connection:close', this.#onClose)
  }

  stop(): void {
    this.#components.events.removeEventListener('connection:open', this.#onOpen)
    this.#components.events.removeEventListener('connection:close', this.#onClose)
  }

  /** One more. Rejects with `NoDirectConnectionError`, `NoLaneError`, or what the transport says. */
  async open(peer: PeerId, options: { signal: AbortSignal }): Promise<Connection> {
    const name = peer.toString()
    const main = directConnections(this.#components, peer)[0]

    if (main === undefined) {
      throw new NoDirectConnectionError(name)
    }

    const address = laneAddress(main)
    const dialling = this.#dialling.get(name) ?? new Set()
    const open = lanesAmong(this.#components.connectionManager.getConnections(peer), 'outbound')

    if (address === undefined || open.length + dialling.size >= MAX_LANES) {
      throw new NoLaneError(name)
    }

    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(LANE_DIAL_TIMEOUT)])
    const dial = this.#dial(address, [...dialling], signal)
    this.#dialling.set(name, dialling.add(dial))

    try {
      return await dial
    } finally {
      dialling.delete(dial)
      if (dialling.size === 0) {
        this.#dialling.delete(name)
      }
    }
  }

  /** The other side refuses more signalling streams on one connection than so many: those `before` go first. */
  async #dial(address: Multiaddr, before: Array<Promise<unknown>>, signal: AbortSignal): Promise<Connection> {
    if (before.length >= SIGNALLING_STREAMS_PER_CONNECTION) {
      await Promise.race(before.map((dial) => dial.catch(() => undefined)))
    }

    // By the transport itself: the dial queue makes one of two dials to a peer.
    return await this.#components.transportManager.dial(address, { signal })
  }

  readonly #onOpen = (event: CustomEvent<Connection>): void => {
    const connection = event.detail
    const peer = connection.remotePeer

    if (laneAddress(connection) === undefined) {
      return
    }
    if (connection.direction === 'outbound') {
      markLane(connection, this.#dialling.has(peer.toString()))
    } else {
      markLane(
        connection,
        directConnections(this.#components, peer).some(({ id }) => id !== connection.id),
      )
    }
  }

  readonly #onClose = (event: CustomEvent<Connection>): void => {
    const peer = event.detail.remotePeer

    if (isLane(event.detail) || directConnections(this.#components, peer).length > 0) {
      return
    }

    for (const lane of lanesAmong(this.#components.connectionManager.getConnections(peer))) {
      if (lane.direction === 'outbound') {
        this.#log('the connection to %p that a lane stood beside is gone', peer)
        lane.abort(new NoDirectConnectionError(peer.toString()))
      } else {
        // All that is left of a peer is how it is reached.
        markLane(lane, false)
      }
    }
  }
}

/** May nobody open one more connection to us from there: it would be a lane too many, of that peer or of all together. */
export function isCrowded(components: Pick<PeerComponents, 'connectionManager'> | undefined, peer: PeerId): boolean {
  const manager = components?.connectionManager

  if (manager === undefined) {
    return false
  }

  const own = manager.getConnections(peer).filter(isOpen)

  return (
    own.length >= MAX_CONNECTIONS_PER_PEER ||
    (own.length > 0 && lanesAmong(manager.getConnections(), 'inbound').length >= MAX_INBOUND_LANES)
  )
}

function lanesAmong(connections: Connection[], direction?: Connection['direction']): Connection[] {
  return connections.filter(
    (connection) =>
      isOpen(connection) && isLane(connection) && (direction ?? connection.direction) === connection.direction,
  )
}

function isOpen(connection: Connection): boolean {
  return connection.status === 'open' && isUnlimited(connection)
}

/**
 * Where a lane beside this connection is dialled: WebRTC is signalled over a connection that is there. Undefined where one
 * carries what there is: a relay's WebSocket is TCP, whose window is not the browser's.
 */
function laneAddress({ remoteAddr, remotePeer }: Connection): Multiaddr | undefined {
  const names = remoteAddr.getComponents().map(({ name }) => name)

  if (names.includes('webrtc')) {
    return multiaddr(`/webrtc/p2p/${remotePeer.toString()}`)
  }

  return names[0] === 'memory' ? remoteAddr : undefined
}
