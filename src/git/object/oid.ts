import type { ObjectType, Oid } from '../types.ts'

/** Bytes of an object id (SHA-1). */
export const OID_BYTES = 20

const HEX: string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
/** Value of a hexadecimal digit by its character code; 16 for all others. Upper case is none: git writes lower case. */
const DIGIT = new Uint8Array(128).fill(16)
for (let i = 0; i < 16; i++) DIGIT['0123456789abcdef'.charCodeAt(i)] = i

/** `true` for 40 lowercase hexadecimal digits. */
export function isOid(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text)
}

/** The 20 bytes at `offset` as 40 lowercase hexadecimal digits. */
export function toHex(bytes: Uint8Array, offset = 0): Oid {
  let hex = ''
  for (let i = offset; i < offset + OID_BYTES; i++) hex += HEX[bytes[i] ?? 0]
  return hex
}

/** All of `bytes` in hexadecimal, whatever their number. */
export function bytesToHex(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes) hex += HEX[byte]
  return hex
}

/** Even number of lowercase digits to bytes; throws `TypeError` for anything else: callers check what is not their own. */
export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length >> 1)
  if (hex.length % 2 !== 0) throw new TypeError('An odd number of hexadecimal digits')
  for (let i = 0; i < bytes.length; i++) {
    const high = DIGIT[hex.charCodeAt(2 * i)] ?? 16
    const low = DIGIT[hex.charCodeAt(2 * i + 1)] ?? 16
    if (high > 15 || low > 15) throw new TypeError('Not a lowercase hexadecimal digit')
    bytes[i] = (high << 4) | low
  }
  return bytes
}

/** The oid written as 40 lowercase digits at `offset`, as bytes into `out` at `at`; false where it is none. */
export function hexAt(text: Uint8Array, offset: number, out: Uint8Array, at: number): boolean {
  if (offset + 2 * OID_BYTES > text.length) return false
  for (let i = 0; i < OID_BYTES; i++) {
    const high = DIGIT[text[offset + 2 * i] as number] ?? 16
    const low = DIGIT[text[offset + 2 * i + 1] as number] ?? 16
    if (high > 15 || low > 15) return false
    out[at + i] = (high << 4) | low
  }
  return true
}

/** Bytewise order of the oids at `a[ao]` and `b[bo]`: negative, zero or positive. */
export function compareOids(a: Uint8Array, ao: number, b: Uint8Array, bo: number): number {
  for (let i = 0; i < OID_BYTES; i++) {
    const difference = (a[ao + i] as number) - (b[bo + i] as number)
    if (difference !== 0) return difference
  }
  return 0
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** git's numbers of the types in packs (gitformat-pack). */
export type TypeCode = 1 | 2 | 3 | 4

const NAMES = ['any', 'commit', 'tree', 'blob', 'tag'] as const
const CODES: Record<ObjectType, TypeCode> = { commit: 1, tree: 2, blob: 3, tag: 4 }

export function typeCode(type: ObjectType): TypeCode {
  return CODES[type]
}

/** Throws `TypeError` for a number that is no type. */
export function typeName(code: number): ObjectType {
  const name = NAMES[code]
  if (name === undefined || name === 'any') throw new TypeError(`No object type has number ${code}`)
  return name
}

/** Name for messages: 0 is any type. */
export function describeType(code: number): string {
  return NAMES[code] ?? 'unknown'
}
