import { compareOids, OID_BYTES } from '../object/oid.ts'

/** Numbers of the oids in `oids` (20 bytes each), in ascending order: radix sort on four bytes, then by comparison. */
export function sortOids(oids: Uint8Array, count: number): Uint32Array {
  let order = Uint32Array.from({ length: count }, (_, i) => i)
  let other = new Uint32Array(count)
  for (let byte = 3; byte >= 0; byte--) {
    const starts = new Uint32Array(257)
    for (let i = 0; i < count; i++) {
      const after = (oids[i * OID_BYTES + byte] as number) + 1
      starts[after] = (starts[after] as number) + 1
    }
    for (let i = 1; i < 257; i++) starts[i] = (starts[i] as number) + (starts[i - 1] as number)
    for (let i = 0; i < count; i++) {
      const number = order[i] as number
      const value = oids[number * OID_BYTES + byte] as number
      const to = starts[value] as number
      starts[value] = to + 1
      other[to] = number
    }
    ;[order, other] = [other, order]
  }
  // Few oids share four bytes, unless somebody made them so.
  for (let from = 0; from < count;) {
    let to = from + 1
    while (to < count && samePrefix(oids, order[from] as number, order[to] as number)) to++
    if (to - from > 1) {
      order.subarray(from, to).sort((a, b) => compareOids(oids, a * OID_BYTES, oids, b * OID_BYTES))
    }
    from = to
  }
  return order
}

function samePrefix(oids: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < 4; i++) if (oids[a * OID_BYTES + i] !== oids[b * OID_BYTES + i]) return false
  return true
}
