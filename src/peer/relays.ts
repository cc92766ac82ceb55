import { CODE_P2P, CODE_P2P_CIRCUIT, multiaddr } from '@multiformats/multiaddr'
import { InvalidRelayAddressError } from './errors.ts'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Relays beyond one's own that are remembered: asking each for a peer costs a WebSocket. */
export const MAX_FURTHER_RELAYS = 8

/**
 * The relays that this node was configured with: the only ones that it dials, listens through and trusts as servers. Its
 * own it stays connected with; further ones of the same network it dials where a peer is behind them.
 */
export class ConfiguredRelays {
  /** PeerId → its addresses, each with `/p2p/<PeerId>` at the end. */
  readonly #relays = new Map<string, Multiaddr[]>()
  readonly #own: ReadonlySet<string>

  /**
   * What is too much of `further` is left out. Throws `InvalidRelayAddressError` for an address without a PeerId or
   * through another relay.
   */
  constructor(addresses: string[], further: string[] = []) {
    for (const address of addresses) {
      this.#add(address)
    }
    this.#own = new Set(this.#relays.keys())

    for (const address of further.slice(0, MAX_FURTHER_RELAYS)) {
      this.#add(address)
    }
  }

  get size(): number {
    return this.#relays.size
  }

  /** One's own or a further one. */
  has(id: string): boolean {
    return this.#relays.has(id)
  }

  isOwn(id: string): boolean {
    return this.#own.has(id)
  }

  /** Those that the node stays connected with. */
  ids(): string[] {
    return [...this.#own]
  }

  /** Those that are dialled where a peer is behind them. */
  furtherIds(): string[] {
    return [...this.#relays.keys()].filter((id) => !this.#own.has(id))
  }

  addresses(id: string): Multiaddr[] {
    return this.#relays.get(id) ?? []
  }

  /** Is this exactly one of the configured addresses (the PeerId at its end may be left out)? */
  isAddress(address: Multiaddr): boolean {
    const text = address.toString()

    for (const [id, addresses] of this.#relays) {
      if (addresses.some((known) => known.toString() === text || known.toString() === `${text}/p2p/${id}`)) {
        return true
      }
    }

    return false
  }

  /** Is this an address through a configured relay, with nothing behind the circuit but WebRTC and the target? */
  isCircuit(address: Multiaddr): boolean {
    const components = address.getComponents()
    const circuit = components.findIndex((component) => component.code === CODE_P2P_CIRCUIT)
    const relay = components[circuit - 1]

    if (relay?.code !== CODE_P2P || relay.value === undefined || !this.has(relay.value)) {
      return false
    }

    const rest = components.slice(circuit + 1).map((component) => component.name)
    const path = rest.join('/')

    return path === '' || path === 'p2p' || path === 'webrtc' || path === 'webrtc/p2p'
  }

  #add(text: string): void {
    let address: Multiaddr

    try {
      address = multiaddr(text)
    } catch (error) {
      throw new InvalidRelayAddressError(text, error instanceof Error ? error.message : String(error))
    }

    const components = address.getComponents()
    const id = components.at(-1)

    if (id?.code !== CODE_P2P || id.value === undefined) {
      throw new InvalidRelayAddressError(text, 'it does not end in /p2p/ and the relay’s PeerId')
    }
    if (components.some((component) => component.code === CODE_P2P_CIRCUIT)) {
      throw new InvalidRelayAddressError(text, 'it leads through another relay')
    }

    const known = this.addresses(id.value)

    if (!known.some((other) => other.equals(address))) {
      this.#relays.set(id.value, [...known, address])
    }
  }
}
