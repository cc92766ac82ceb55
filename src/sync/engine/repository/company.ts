import { peerIdFromRawKey, type GutsPeer } from '../../../peer/index.ts'
import { recordOf, TransferLog, type TransferMeter } from '../transfer-log.ts'
import { Mesh, type MeshInit } from './mesh.ts'
import type { PeerFaultError } from '../../errors.ts'
import type { HolderState } from '../../types.ts'
import type { NamedHolder } from '../client/session.ts'

/** Milliseconds in which several who come are named at once. */
const NAME_AFTER = 200

export interface CompanyInit extends MeshInit {
  peer: GutsPeer
  /** What whoever runs this peer calls themselves. */
  nameOf: (peer: string) => string
  /** `peer` is said to have the repository, or some of it. */
  onNamed: (peer: string) => void
  /** Others came: those who fetch are to be told. */
  tell: () => void
}

/** Those who have a repository too, or fetch it: who is named to whom, who is dialled, and what went between us. */
export class Company {
  readonly log = new TransferLog()
  readonly mesh: Mesh
  readonly #init: CompanyInit
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(init: CompanyInit) {
    this.#init = init
    this.mesh = new Mesh(init)
    init.signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true })
  }

  /** Somebody came: told in a moment, with others who come meanwhile. */
  came(): void {
    if (this.#init.signal.aborted) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#init.tell()
    }, NAME_AFTER)
  }

  /** Somebody said that these have it, or some of it. */
  heard(holders: NamedHolder[]): void {
    for (const { key, complete } of holders) {
      const id = peerIdFromRawKey(key).toString()
      this.#init.onNamed(id)
      this.mesh.name(id, complete)
    }
  }

  /** Payload went out to a peer. */
  sent(peer: string, relayed: boolean, sent: Pick<TransferMeter, 'bytes' | 'milliseconds'>): void {
    const holder = { peer, name: this.#init.nameOf(peer), link: relayed ? ('relayed' as const) : ('direct' as const) }
    this.log.join(recordOf(holder, 'sent', sent, { kind: 'done' }))
  }

  /** Objects came from a peer in one message, unasked. */
  brought(peer: string, bytes: number): void {
    this.log.add(recordOf(this.#holder(peer), 'received', { bytes, milliseconds: 0 }, { kind: 'done' }))
  }

  /** A peer was proven wrong, after so much had come from it. */
  blocked({ peer, reason }: PeerFaultError, meter: Pick<TransferMeter, 'bytes' | 'milliseconds'>): void {
    this.log.add(recordOf(this.#holder(peer), 'received', meter, { kind: 'blocked', reason }))
  }

  #holder(peer: string): Pick<HolderState, 'peer' | 'name' | 'link'> {
    return { peer, name: this.#init.nameOf(peer), link: this.#init.peer.peers.get(peer)?.link ?? 'direct' }
  }
}
