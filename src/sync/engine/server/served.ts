/** What the server may tell about one repository to those who proved that they know its id. */
export interface ServedRepository {
  readonly token: string
  /** SHA-256 digest of the repository's id. */
  readonly digest: Uint8Array
  readonly discoveryKey: Uint8Array
  /** Documents oldest first, and the headers whose objects are here. */
  answer(): ServedRefs
  /** Connected holders other than `peer`, at most 16. */
  holders(peer: string): Array<{ key: Uint8Array; complete: boolean }>
  /** A header that `peer` says is new. */
  announced(header: Uint8Array, peer: string): void
}

export interface ServedRefs {
  documents: Uint8Array[]
  /** `hash` is the header's, as its successor names it. */
  headers: Array<{ envelope: Uint8Array; list: Uint8Array; hash: Uint8Array }>
}

export interface ServedRepositories {
  /** By discovery key. */
  find(discoveryKey: Uint8Array): ServedRepository | undefined
}
