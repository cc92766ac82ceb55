import { ObjectFormatError } from '../pack/errors.ts'
import type { ObjectType, Oid } from '../types.ts'
import { asciiText, concat, LF, utf8 } from './bytes.ts'
import { startsWith } from './commit.ts'
import { parseHeaders, writeHeader, type Header } from './headers.ts'
import { hexAt, isOid, OID_BYTES, toHex, typeCode, type TypeCode } from './oid.ts'
import { parseSignature, type Signature } from './person.ts'

export interface Tag {
  object: Oid
  type: ObjectType
  /** The name that it was made with, as bytes. */
  tag: Uint8Array
  /** Absent in very old tags. */
  tagger: Signature | null
  /** Other headers, in order. */
  headers: Header[]
  /** The signature, if any, stands at its end. */
  message: Uint8Array
}

const OBJECT = utf8('object ')
const TYPE = utf8('type ')
const TYPES: Record<string, ObjectType> = { commit: 'commit', tree: 'tree', blob: 'blob', tag: 'tag' }

/** What a tag points at: its oid as bytes and its type. Throws `ObjectFormatError` where that cannot be read. */
export function scanTag(bytes: Uint8Array): { oid: Uint8Array; type: TypeCode; rest: number } {
  const oid = new Uint8Array(OID_BYTES)
  const at = OBJECT.length + 2 * OID_BYTES + 1
  if (!startsWith(bytes, OBJECT) || !hexAt(bytes, OBJECT.length, oid, 0) || bytes[at - 1] !== LF) {
    throw new ObjectFormatError('A tag does not begin with its object.')
  }
  const end = bytes.indexOf(LF, at)
  const name = startsWith(bytes, TYPE, at) && end > 0 && end < at + 12 ? asciiText(bytes, at + TYPE.length, end) : ''
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined
  if (type === undefined) throw new ObjectFormatError('A tag does not say what type its object has.')
  return { oid, type: typeCode(type), rest: end + 1 }
}

/** Throws `ObjectFormatError` where object or type cannot be read; everything else is taken as it comes. */
export function parseTag(bytes: Uint8Array): Tag {
  const { oid, type, rest } = scanTag(bytes)
  const headers: Header[] = []
  const message = bytes.subarray(parseHeaders(bytes, rest, headers))
  const take = (name: string): Uint8Array | undefined => {
    const index = headers.findIndex((header) => header.name === name)
    return index < 0 ? undefined : headers.splice(index, 1)[0]?.value
  }
  const tag = take('tag') ?? new Uint8Array(0)
  const tagger = take('tagger')
  const types: Record<TypeCode, ObjectType> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' }
  return {
    object: toHex(oid),
    type: types[type],
    tag,
    tagger: tagger === undefined ? null : parseSignature(tagger),
    headers,
    message,
  }
}

/** The bytes of a tag: exactly those that were parsed, for any tag that git wrote. */
export function serializeTag(tag: Tag): Uint8Array<ArrayBuffer> {
  if (!isOid(tag.object)) throw new ObjectFormatError('A tag needs an object id.')
  return concat([
    utf8(`object ${tag.object}\ntype ${tag.type}\n`),
    writeHeader('tag', tag.tag),
    ...(tag.tagger === null ? [] : [writeHeader('tagger', tag.tagger.raw)]),
    ...tag.headers.map((header) => writeHeader(header.name, header.value)),
    new Uint8Array([LF]),
    tag.message,
  ])
}
