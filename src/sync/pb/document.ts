// @ts-nocheck: written by protons, whose decoders declare parameters that they do not use
import { decodeMessage, encodeMessage, MaxLengthError, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface Document {
  name: string
  description: string
  defaultBranch: string
  delegates: Uint8Array<ArrayBuffer>[]
  delegateNames: string[]
  threshold: number
  createdAt: number
  nonce: Uint8Array<ArrayBuffer>
  predecessor: Uint8Array<ArrayBuffer>
}

export namespace Document {
  let _codec: Codec<Document>

  export const codec = (): Codec<Document> => {
    if (_codec == null) {
      _codec = message<Document>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.name != null && obj.name !== '')) {
          w.uint32(10)
          w.string(obj.name)
        }

        if ((obj.description != null && obj.description !== '')) {
          w.uint32(18)
          w.string(obj.description)
        }

        if ((obj.defaultBranch != null && obj.defaultBranch !== '')) {
          w.uint32(26)
          w.string(obj.defaultBranch)
        }

        if (obj.delegates != null && obj.delegates.length > 0) {
          for (const value of obj.delegates) {
            w.uint32(34)
            w.bytes(value)
          }
        }

        if (obj.delegateNames != null && obj.delegateNames.length > 0) {
          for (const value of obj.delegateNames) {
            w.uint32(42)
            w.string(value)
          }
        }

        if ((obj.threshold != null && obj.threshold !== 0)) {
          w.uint32(48)
          w.uint32(obj.threshold)
        }

        if ((obj.createdAt != null && obj.createdAt !== 0)) {
          w.uint32(56)
          w.uint64Number(obj.createdAt)
        }

        if ((obj.nonce != null && obj.nonce.byteLength > 0)) {
          w.uint32(66)
          w.bytes(obj.nonce)
        }

        if ((obj.predecessor != null && obj.predecessor.byteLength > 0)) {
          w.uint32(74)
          w.bytes(obj.predecessor)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          name: '',
          description: '',
          defaultBranch: '',
          delegates: [],
          delegateNames: [],
          threshold: 0,
          createdAt: 0,
          nonce: uint8ArrayAlloc(0),
          predecessor: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.name = reader.string()
              break
            }
            case 2: {
              obj.description = reader.string()
              break
            }
            case 3: {
              obj.defaultBranch = reader.string()
              break
            }
            case 4: {
              if (opts.limits?.delegates != null && obj.delegates.length === opts.limits.delegates) {
                throw new MaxLengthError('Decode error - repeated field "delegates" had too many elements')
              }

              if (obj.delegates.length === 64) {
                throw new MaxLengthError('Decode error - repeated field "delegates" had too many elements')
              }

              obj.delegates.push(reader.bytes())
              break
            }
            case 5: {
              if (opts.limits?.delegateNames != null && obj.delegateNames.length === opts.limits.delegateNames) {
                throw new MaxLengthError('Decode error - repeated field "delegateNames" had too many elements')
              }

              if (obj.delegateNames.length === 64) {
                throw new MaxLengthError('Decode error - repeated field "delegateNames" had too many elements')
              }

              obj.delegateNames.push(reader.string())
              break
            }
            case 6: {
              obj.threshold = reader.uint32()
              break
            }
            case 7: {
              obj.createdAt = reader.uint64Number()
              break
            }
            case 8: {
              obj.nonce = reader.bytes()
              break
            }
            case 9: {
              obj.predecessor = reader.bytes()
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
          delegates: 64,
          delegateNames: 64
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.name`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.description`,
                value: reader.string()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.defaultBranch`,
                value: reader.string()
              }
              break
            }
            case 4: {
              if (opts.limits?.delegates != null && obj.delegates === opts.limits.delegates) {
                throw new MaxLengthError('Streaming decode error - repeated field "delegates" had too many elements')
              }

              if (obj.delegates === 64) {
                throw new MaxLengthError('Streaming decode error - repeated field "delegates" had too many elements')
              }

              yield {
                field: `${prefix}.delegates[]`,
                index: obj.delegates,
                value: reader.bytes()
              }

              obj.delegates++

              break
            }
            case 5: {
              if (opts.limits?.delegateNames != null && obj.delegateNames === opts.limits.delegateNames) {
                throw new MaxLengthError('Streaming decode error - repeated field "delegateNames" had too many elements')
              }

              if (obj.delegateNames === 64) {
                throw new MaxLengthError('Streaming decode error - repeated field "delegateNames" had too many elements')
              }

              yield {
                field: `${prefix}.delegateNames[]`,
                index: obj.delegateNames,
                value: reader.string()
              }

              obj.delegateNames++

              break
            }
            case 6: {
              yield {
                field: `${prefix}.threshold`,
                value: reader.uint32()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.createdAt`,
                value: reader.uint64Number()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.nonce`,
                value: reader.bytes()
              }
              break
            }
            case 9: {
              yield {
                field: `${prefix}.predecessor`,
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

  export interface DocumentNameFieldEvent {
    field: '$.name'
    value: string
  }

  export interface DocumentDescriptionFieldEvent {
    field: '$.description'
    value: string
  }

  export interface DocumentDefaultBranchFieldEvent {
    field: '$.defaultBranch'
    value: string
  }

  export interface DocumentDelegatesFieldEvent {
    field: '$.delegates[]'
    index: number
    value: Uint8Array<ArrayBuffer>
  }

  export interface DocumentDelegateNamesFieldEvent {
    field: '$.delegateNames[]'
    index: number
    value: string
  }

  export interface DocumentThresholdFieldEvent {
    field: '$.threshold'
    value: number
  }

  export interface DocumentCreatedAtFieldEvent {
    field: '$.createdAt'
    value: number
  }

  export interface DocumentNonceFieldEvent {
    field: '$.nonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface DocumentPredecessorFieldEvent {
    field: '$.predecessor'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Document>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Document.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Document>): Document {
    return decodeMessage(buf, Document.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Document>): Generator<DocumentNameFieldEvent | DocumentDescriptionFieldEvent | DocumentDefaultBranchFieldEvent | DocumentDelegatesFieldEvent | DocumentDelegateNamesFieldEvent | DocumentThresholdFieldEvent | DocumentCreatedAtFieldEvent | DocumentNonceFieldEvent | DocumentPredecessorFieldEvent> {
    return streamMessage(buf, Document.codec(), opts)
  }
}

export interface SignedDocument {
  document: Uint8Array<ArrayBuffer>
  signatures: DocumentSignature[]
}

export namespace SignedDocument {
  let _codec: Codec<SignedDocument>

  export const codec = (): Codec<SignedDocument> => {
    if (_codec == null) {
      _codec = message<SignedDocument>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.document != null && obj.document.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.document)
        }

        if (obj.signatures != null && obj.signatures.length > 0) {
          for (const value of obj.signatures) {
            w.uint32(18)
            DocumentSignature.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          document: uint8ArrayAlloc(0),
          signatures: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.document = reader.bytes()
              break
            }
            case 2: {
              if (opts.limits?.signatures != null && obj.signatures.length === opts.limits.signatures) {
                throw new MaxLengthError('Decode error - repeated field "signatures" had too many elements')
              }

              if (obj.signatures.length === 64) {
                throw new MaxLengthError('Decode error - repeated field "signatures" had too many elements')
              }

              obj.signatures.push(DocumentSignature.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.signatures$
              }))
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
          signatures: 64
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.document`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              if (opts.limits?.signatures != null && obj.signatures === opts.limits.signatures) {
                throw new MaxLengthError('Streaming decode error - repeated field "signatures" had too many elements')
              }

              if (obj.signatures === 64) {
                throw new MaxLengthError('Streaming decode error - repeated field "signatures" had too many elements')
              }

              for (const evt of DocumentSignature.codec().stream(reader, reader.uint32(), `${prefix}.signatures[]`, {
                limits: opts.limits?.signatures$
              })) {
                yield {
                  ...evt,
                  index: obj.signatures
                }
              }

              obj.signatures++

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

  export interface SignedDocumentDocumentFieldEvent {
    field: '$.document'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SignedDocumentSignaturesKeyFieldEvent {
    field: '$.signatures[].key'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface SignedDocumentSignaturesSignatureFieldEvent {
    field: '$.signatures[].signature'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export function encode (obj: Partial<SignedDocument>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, SignedDocument.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<SignedDocument>): SignedDocument {
    return decodeMessage(buf, SignedDocument.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<SignedDocument>): Generator<SignedDocumentDocumentFieldEvent | SignedDocumentSignaturesKeyFieldEvent | SignedDocumentSignaturesSignatureFieldEvent> {
    return streamMessage(buf, SignedDocument.codec(), opts)
  }
}

export interface DocumentSignature {
  key: Uint8Array<ArrayBuffer>
  signature: Uint8Array<ArrayBuffer>
}

export namespace DocumentSignature {
  let _codec: Codec<DocumentSignature>

  export const codec = (): Codec<DocumentSignature> => {
    if (_codec == null) {
      _codec = message<DocumentSignature>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.key != null && obj.key.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.key)
        }

        if ((obj.signature != null && obj.signature.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.signature)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          key: uint8ArrayAlloc(0),
          signature: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.key = reader.bytes()
              break
            }
            case 2: {
              obj.signature = reader.bytes()
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
                field: `${prefix}.key`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.signature`,
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

  export interface DocumentSignatureKeyFieldEvent {
    field: '$.key'
    value: Uint8Array<ArrayBuffer>
  }

  export interface DocumentSignatureSignatureFieldEvent {
    field: '$.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<DocumentSignature>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, DocumentSignature.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<DocumentSignature>): DocumentSignature {
    return decodeMessage(buf, DocumentSignature.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<DocumentSignature>): Generator<DocumentSignatureKeyFieldEvent | DocumentSignatureSignatureFieldEvent> {
    return streamMessage(buf, DocumentSignature.codec(), opts)
  }
}
