import { concat, hashObject, objectHeader } from '../object/index.ts'
import { deflateBytes, Inflater, MAX_OBJECT_BYTES, ObjectTooLargeError, PackRowError } from '../pack/index.ts'
import type { GitObject, ObjectType, Oid } from '../types.ts'

/** Longest header of an object: `commit`, a space, 10 digits and a NUL, with room to spare. */
const HEADER_BYTES = 32
const HEADER = /^(commit|tree|blob|tag) (0|[1-9][0-9]{0,15})\0/

/** A loose object as git stores it: one zlib stream of header and content. */
export function encodeLoose(object: GitObject): Uint8Array {
  return deflateBytes(concat([objectHeader(object.type, object.bytes.length), object.bytes]))
}

/** The object; `PackRowError` where the bytes are damaged or not those of `oid`. */
export async function decodeLoose(oid: Oid, bytes: Uint8Array): Promise<GitObject> {
  const inflater = new Inflater()
  const { type, size, length } = looseHeader(inflater, oid, bytes)
  const whole = inflater.inflate(bytes, 0, bytes.length, length + size)
  const content = whole?.subarray(length)
  // Loose objects have no checksum of their own but their name.
  if (content === undefined || (await hashObject(type, content)) !== oid) throw new PackRowError()
  return { type, bytes: content }
}

/** Type and size without the content. */
export function looseInfo(oid: Oid, bytes: Uint8Array): { type: ObjectType; size: number } {
  const { type, size } = looseHeader(new Inflater(), oid, bytes)
  return { type, size }
}

function looseHeader(
  inflater: Inflater,
  oid: Oid,
  bytes: Uint8Array,
): { type: ObjectType; size: number; length: number } {
  const head = inflater.head(bytes, 0, bytes.length, HEADER_BYTES)
  const match = head === null ? null : HEADER.exec(String.fromCharCode(...head))
  if (match === null) throw new PackRowError()
  const size = Number(match[2])
  if (size > MAX_OBJECT_BYTES) throw new ObjectTooLargeError(size, MAX_OBJECT_BYTES, { oid })
  return { type: match[1] as ObjectType, size, length: match[0].length }
}
