const OID_BYTES = 20

/** Of a file that `writeLoose` made: each object's id in hex and its zlib stream. */
export function objectsIn(file: Uint8Array<ArrayBuffer>): Array<{ oid: string; bytes: Uint8Array<ArrayBuffer> }> {
  const objects: Array<{ oid: string; bytes: Uint8Array<ArrayBuffer> }> = []
  const view = new DataView(file.buffer, file.byteOffset)
  for (let at = 0; at < file.length;) {
    const length = view.getUint32(at + OID_BYTES)
    const from = at + OID_BYTES + 4
    const oid = Array.from(file.subarray(at, at + OID_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join('')
    objects.push({ oid, bytes: file.slice(from, from + length) })
    at = from + length
  }
  return objects
}
