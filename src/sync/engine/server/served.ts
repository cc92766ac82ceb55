import type { NamedHolder } from '../client/session.ts'
import type { Announce } from '../../wire/index.ts'
import type { CarriedPack } from '../repository/carried.ts'

/** What the server may tell about one repository to those who proved that they know its id. */
export interface ServedRepository {
  readonly token: string
  /** SHA-256 digest of the repository's id. */
  readonly digest: Uint8Array
  readonly discoveryKey: Uint8Array
  /** Documents oldest first, and the headers whose objects are here. */
  answer(): ServedRefs
  /** Connected holders other than `peer`, at most 16. */
  holders(peer: string): NamedHolder[]
  /** Base packs that are being fetched: what has come of them is served already. */
  carried(): CarriedPack[]
  /** PeerIds of those that we are connected with and that have all of a base pack. */
  havingAll(packId: string, chunks: number): string[]
  /** Something went out to `peer`: payload, and the milliseconds that it took. */
  sent(peer: string, relayed: boolean, sent: { bytes: number; milliseconds: number }): void
  /** A header that `peer` says is new, with what came with it. */
  announced(announce: Announce, peer: string): void
}

export interface ServedRefs {
  documents: Uint8Array[]
  headers: ServedHeader[]
}

export interface ServedHeader {
  envelope: Uint8Array
  list: Uint8Array
  /** The header's, as its successor names it. */
  hash: Uint8Array
  /** What this writer had before, newest first: whoever has one of these is sent what changed since. */
  past?: Array<{ hash: Uint8Array; list: Uint8Array }>
}

export interface ServedRepositories {
  /** By discovery key. */
  find(discoveryKey: Uint8Array): ServedRepository | undefined
}
