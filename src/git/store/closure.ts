import { MissingObjectError } from '../errors.ts'
import { OID_BYTES, toHex, typeCode, typeName } from '../object/index.ts'
import { ObjectTypeError, type ObjectSource } from '../pack/index.ts'

/** Links that lead out of a pack, and the type that each must have (0: any). */
export interface OutgoingLinks {
  missing: Uint8Array
  missingTypes: Uint8Array
}

/**
 * Checks that all links out of a pack lead into `objects`, at objects of the expected type. Rejects with
 * `MissingObjectError` or `ObjectTypeError`.
 */
export async function checkClosure(links: OutgoingLinks, objects: ObjectSource, signal?: AbortSignal): Promise<void> {
  for (let i = 0; i < links.missingTypes.length; i++) {
    if (i % 1024 === 0) signal?.throwIfAborted()
    const oid = toHex(links.missing, i * OID_BYTES)
    const expected = links.missingTypes[i] as number
    const info = await objects.info(oid)
    if (info === null) throw new MissingObjectError(oid)
    if (expected !== 0 && expected !== typeCode(info.type))
      throw new ObjectTypeError(oid, typeName(expected), info.type)
  }
}
