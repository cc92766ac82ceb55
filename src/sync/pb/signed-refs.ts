// @ts-nocheck: written by protons, whose decoders declare parameters that they do not use
import { decodeMessage, encodeMessage, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface SignedRefsHeader {
  repository: Uint8Array<ArrayBuffer>
  document: Uint8Array<ArrayBuffer>
  signer: Uint8Array<ArrayBuffer>
  writer: Uint8Array<ArrayBuffer>
  sequence: number
  previous: Uint8Array<ArrayBuffer>
  time: number
  name: string
  list: Uint8Array<ArrayBuffer>
  head: string
}

export namespace SignedRefsHeader {
  let _codec: Codec<SignedRefsHeader>

  export const codec = (): Codec<SignedRefsHeader> => {
    if (_codec == null) {
      _codec = message<SignedRefsHeader>((obj, w, opts = {}) => {
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

        if ((obj.signer != null && obj.signer.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.signer)
        }

        if ((obj.writer != null && obj.writer.byteLength > 0)) {
          w.uint32(34)
          w.bytes(obj.writer)
        }

        if ((obj.sequence != null && obj.sequence !== 0)) {
          w.uint32(40)
          w.uint64Number(obj.sequence)
        }

        if ((obj.previous != null && obj.previous.byteLength > 0)) {
          w.uint32(50)
          w.bytes(obj.previous)
        }

        if ((obj.time != null && obj.time !== 0)) {
          w.uint32(56)
          w.uint64Number(obj.time)
        }

        if ((obj.name != null && obj.name !== '')) {
          w.uint32(66)
          w.string(obj.name)
        }

        if ((obj.list != null && obj.list.byteLength > 0)) {
          w.uint32(74)
          w.bytes(obj.list)
        }

        if ((obj.head != null && obj.head !== '')) {
          w.uint32(82)
          w.string(obj.head)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          repository: uint8ArrayAlloc(0),
          document: uint8ArrayAlloc(0),
          signer: uint8ArrayAlloc(0),
          writer: uint8ArrayAlloc(0),
          sequence: 0,
          previous: uint8ArrayAlloc(0),
          time: 0,
          name: '',
          list: uint8ArrayAlloc(0),
          head: ''
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
              obj.signer = reader.bytes()
              break
            }
            case 4: {
              obj.writer = reader.bytes()
              break
            }
            case 5: {
              obj.sequence = reader.uint64Number()
              break
            }
            case 6: {
              obj.previous = reader.bytes()
              break
            }
            case 7: {
              obj.time = reader.uint64Number()
              break
            }
            case 8: {
              obj.name = reader.string()
              break
            }
            case 9: {
              obj.list = reader.bytes()
              break
            }
            case 10: {
              obj.head = reader.string()
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
                field: `${prefix}.signer`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.writer`,
                value: reader.bytes()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.sequence`,
                value: reader.uint64Number()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.previous`,
                value: reader.bytes()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.time`,
                value: reader.uint64Number()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.name`,
                value: reader.string()
              }
              break
            }
            case 9: {
              yield {
                field: `${prefix}.list`,
                value: reader.bytes()
              }
              break
            }
            case 10: {
              yield {
                field: `${prefix}.head`,
                value: reader.string()
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

  export interface SignedRefsHeaderRepositoryFieldEvent {
    field: '$.repository'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SignedRefsHeaderDocumentFieldEvent {
    field: '$.document'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SignedRefsHeaderSignerFieldEvent {
    field: '$.signer'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SignedRefsHeaderWriterFieldEvent {
    field: '$.writer'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SignedRefsHeaderSequenceFieldEvent {
    field: '$.sequence'
    value: number
  }

  export interface SignedRefsHeaderPreviousFieldEvent {
    field: '$.previous'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SignedRefsHeaderTimeFieldEvent {
    field: '$.time'
    value: number
  }

  export interface SignedRefsHeaderNameFieldEvent {
    field: '$.name'
    value: string
  }

  export interface SignedRefsHeaderListFieldEvent {
    field: '$.list'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SignedRefsHeaderHeadFieldEvent {
    field: '$.head'
    value: string
  }

  export function encode (obj: Partial<SignedRefsHeader>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, SignedRefsHeader.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<SignedRefsHeader>): SignedRefsHeader {
    return decodeMessage(buf, SignedRefsHeader.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<SignedRefsHeader>): Generator<SignedRefsHeaderRepositoryFieldEvent | SignedRefsHeaderDocumentFieldEvent | SignedRefsHeaderSignerFieldEvent | SignedRefsHeaderWriterFieldEvent | SignedRefsHeaderSequenceFieldEvent | SignedRefsHeaderPreviousFieldEvent | SignedRefsHeaderTimeFieldEvent | SignedRefsHeaderNameFieldEvent | SignedRefsHeaderListFieldEvent | SignedRefsHeaderHeadFieldEvent> {
    return streamMessage(buf, SignedRefsHeader.codec(), opts)
  }
}
