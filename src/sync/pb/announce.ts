// @ts-nocheck: written by protons, whose decoders declare parameters that they do not use
import { decodeMessage, encodeMessage, MaxLengthError, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface NewCommit {
  discoveryKey: Uint8Array<ArrayBuffer>
  header?: Uint8Array<ArrayBuffer>
  sealed?: Uint8Array<ArrayBuffer>
}

export namespace NewCommit {
  let _codec: Codec<NewCommit>

  export const codec = (): Codec<NewCommit> => {
    if (_codec == null) {
      _codec = message<NewCommit>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        obj = { ...obj }

        if (obj.sealed != null) {
          obj.header = undefined
        }

        if (obj.header != null) {
          obj.sealed = undefined
        }

        if ((obj.discoveryKey != null && obj.discoveryKey.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.discoveryKey)
        }

        if (obj.header != null) {
          w.uint32(18)
          w.bytes(obj.header)
        }

        if (obj.sealed != null) {
          w.uint32(26)
          w.bytes(obj.sealed)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          discoveryKey: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.discoveryKey = reader.bytes()
              break
            }
            case 2: {
              obj.header = reader.bytes()
              break
            }
            case 3: {
              obj.sealed = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        if (obj.sealed != null) {
          delete obj.header
        }

        if (obj.header != null) {
          delete obj.sealed
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.discoveryKey`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.header`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.sealed`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface NewCommitDiscoveryKeyFieldEvent {
    field: '$.discoveryKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface NewCommitHeaderFieldEvent {
    field: '$.header'
    value: Uint8Array<ArrayBuffer>
  }

  export interface NewCommitSealedFieldEvent {
    field: '$.sealed'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<NewCommit>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, NewCommit.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<NewCommit>): NewCommit {
    return decodeMessage(buf, NewCommit.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<NewCommit>): Generator<NewCommitDiscoveryKeyFieldEvent | NewCommitHeaderFieldEvent | NewCommitSealedFieldEvent> {
    return streamMessage(buf, NewCommit.codec(), opts)
  }
}

export interface NewRepository {
  documents: Uint8Array<ArrayBuffer>[]
  listing: Uint8Array<ArrayBuffer>
}

export namespace NewRepository {
  let _codec: Codec<NewRepository>

  export const codec = (): Codec<NewRepository> => {
    if (_codec == null) {
      _codec = message<NewRepository>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.documents != null && obj.documents.length > 0) {
          for (const value of obj.documents) {
            w.uint32(10)
            w.bytes(value)
          }
        }

        if ((obj.listing != null && obj.listing.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.listing)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          documents: [],
          listing: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.documents != null && obj.documents.length === opts.limits.documents) {
                throw new MaxLengthError('Decode error - repeated field "documents" had too many elements')
              }

              if (obj.documents.length === 16) {
                throw new MaxLengthError('Decode error - repeated field "documents" had too many elements')
              }

              obj.documents.push(reader.bytes())
              break
            }
            case 2: {
              obj.listing = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          documents: 16
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.documents != null && obj.documents === opts.limits.documents) {
                throw new MaxLengthError('Streaming decode error - repeated field "documents" had too many elements')
              }

              if (obj.documents === 16) {
                throw new MaxLengthError('Streaming decode error - repeated field "documents" had too many elements')
              }

              yield {
                field: `${prefix}.documents[]`,
                index: obj.documents,
                value: reader.bytes()
              }

              obj.documents++

              break
            }
            case 2: {
              yield {
                field: `${prefix}.listing`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface NewRepositoryDocumentsFieldEvent {
    field: '$.documents[]'
    index: number
    value: Uint8Array<ArrayBuffer>
  }

  export interface NewRepositoryListingFieldEvent {
    field: '$.listing'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<NewRepository>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, NewRepository.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<NewRepository>): NewRepository {
    return decodeMessage(buf, NewRepository.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<NewRepository>): Generator<NewRepositoryDocumentsFieldEvent | NewRepositoryListingFieldEvent> {
    return streamMessage(buf, NewRepository.codec(), opts)
  }
}

export interface Listing {
  repository: Uint8Array<ArrayBuffer>
  document: Uint8Array<ArrayBuffer>
  time: number
  withdrawn: boolean
}

export namespace Listing {
  let _codec: Codec<Listing>

  export const codec = (): Codec<Listing> => {
    if (_codec == null) {
      _codec = message<Listing>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.repository != null && obj.repository.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.repository)
        }

        if ((obj.document != null && obj.document.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.document)
        }

        if ((obj.time != null && obj.time !== 0)) {
          w.uint32(24)
          w.uint64Number(obj.time)
        }

        if ((obj.withdrawn != null && obj.withdrawn !== false)) {
          w.uint32(32)
          w.bool(obj.withdrawn)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          repository: uint8ArrayAlloc(0),
          document: uint8ArrayAlloc(0),
          time: 0,
          withdrawn: false
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.repository = reader.bytes()
              break
            }
            case 2: {
              obj.document = reader.bytes()
              break
            }
            case 3: {
              obj.time = reader.uint64Number()
              break
            }
            case 4: {
              obj.withdrawn = reader.bool()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.repository`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.document`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.time`,
                value: reader.uint64Number()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.withdrawn`,
                value: reader.bool()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ListingRepositoryFieldEvent {
    field: '$.repository'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ListingDocumentFieldEvent {
    field: '$.document'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ListingTimeFieldEvent {
    field: '$.time'
    value: number
  }

  export interface ListingWithdrawnFieldEvent {
    field: '$.withdrawn'
    value: boolean
  }

  export function encode (obj: Partial<Listing>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Listing.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Listing>): Listing {
    return decodeMessage(buf, Listing.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Listing>): Generator<ListingRepositoryFieldEvent | ListingDocumentFieldEvent | ListingTimeFieldEvent | ListingWithdrawnFieldEvent> {
    return streamMessage(buf, Listing.codec(), opts)
  }
}
