// @ts-nocheck: written by protons, whose decoders declare parameters that they do not use
import { decodeMessage, encodeMessage, enumeration, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface Claim {
  repository: Uint8Array<ArrayBuffer>
  proof: Uint8Array<ArrayBuffer>
}

export namespace Claim {
  let _codec: Codec<Claim>

  export const codec = (): Codec<Claim> => {
    if (_codec == null) {
      _codec = message<Claim>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.repository != null && obj.repository.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.repository)
        }

        if ((obj.proof != null && obj.proof.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.proof)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          repository: uint8ArrayAlloc(0),
          proof: uint8ArrayAlloc(0)
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
              obj.proof = reader.bytes()
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
                field: `${prefix}.proof`,
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

  export interface ClaimRepositoryFieldEvent {
    field: '$.repository'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ClaimProofFieldEvent {
    field: '$.proof'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Claim>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Claim.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Claim>): Claim {
    return decodeMessage(buf, Claim.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Claim>): Generator<ClaimRepositoryFieldEvent | ClaimProofFieldEvent> {
    return streamMessage(buf, Claim.codec(), opts)
  }
}

export enum ClaimStatus {
  CLAIM_UNKNOWN = 'CLAIM_UNKNOWN',
  CLAIM_ACCEPTED = 'CLAIM_ACCEPTED',
  CLAIM_WRONG = 'CLAIM_WRONG',
  CLAIM_USED = 'CLAIM_USED',
  CLAIM_NO_IDENTITY = 'CLAIM_NO_IDENTITY',
  CLAIM_FAILED = 'CLAIM_FAILED'
}

enum __ClaimStatusValues {
  CLAIM_UNKNOWN = 0,
  CLAIM_ACCEPTED = 1,
  CLAIM_WRONG = 2,
  CLAIM_USED = 3,
  CLAIM_NO_IDENTITY = 4,
  CLAIM_FAILED = 5
}

export namespace ClaimStatus {
  export const codec = (): Codec<ClaimStatus> => {
    return enumeration<ClaimStatus>(__ClaimStatusValues)
  }
}

export interface ClaimAnswer {
  status: ClaimStatus
}

export namespace ClaimAnswer {
  let _codec: Codec<ClaimAnswer>

  export const codec = (): Codec<ClaimAnswer> => {
    if (_codec == null) {
      _codec = message<ClaimAnswer>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.status != null && __ClaimStatusValues[obj.status] !== 0) {
          w.uint32(8)
          ClaimStatus.codec().encode(obj.status, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          status: ClaimStatus.CLAIM_UNKNOWN
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.status = ClaimStatus.codec().decode(reader)
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
                field: `${prefix}.status`,
                value: ClaimStatus.codec().decode(reader)
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

  export interface ClaimAnswerStatusFieldEvent {
    field: '$.status'
    value: ClaimStatus
  }

  export function encode (obj: Partial<ClaimAnswer>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, ClaimAnswer.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ClaimAnswer>): ClaimAnswer {
    return decodeMessage(buf, ClaimAnswer.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ClaimAnswer>): Generator<ClaimAnswerStatusFieldEvent> {
    return streamMessage(buf, ClaimAnswer.codec(), opts)
  }
}
