import { ROW_BYTES, type PackRow, type Row, type StoredIndex } from './backend.ts'

/** Rows for tests of backends: bytes that look random but depend on the seed alone. The backend does not look into them. */

export function randomBytes(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = seed + 1
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

export function sampleOid(n: number): string {
  return n.toString(16).padStart(40, '0')
}

/** The first bytes count up, so that they are in order. */
function ascendingOids(count: number): Uint8Array {
  const oids = randomBytes(20 * count, 1)
  const view = new DataView(oids.buffer)
  for (let i = 0; i < count; i++) view.setUint32(20 * i, Math.floor((i / count) * 2 ** 32))
  return oids
}

export async function sampleIndex(count: number): Promise<StoredIndex> {
  return {
    index: {
      count,
      oids: ascendingOids(count),
      offsets: Float64Array.from({ length: count }, (_, i) => 2 ** 33 + i),
      crcs: Uint32Array.from({ length: count }, (_, i) => (i * 2654435761) >>> 0),
      trailer: randomBytes(20, 2),
    },
    missing: randomBytes(40, 3),
    missingTypes: new Uint8Array([1, 2]),
  }
}

/** A staged pack of `rowCount` rows, of which the last is short, and an index for it. */
export async function samplePack(
  rowCount: number,
  seedText: string,
): Promise<{ row: PackRow; rows: Row[]; index: StoredIndex }> {
  const seed = [...seedText].reduce((sum, letter) => sum + letter.charCodeAt(0), 0)
  const size = (rowCount - 1) * ROW_BYTES + 100
  const whole = randomBytes(size, seed)
  const rows = Array.from({ length: rowCount }, (_, n) => ({
    n,
    bytes: whole.slice(n * ROW_BYTES, (n + 1) * ROW_BYTES),
  }))
  const row: PackRow = {
    key: seedText,
    kind: 'tail',
    packId: null,
    manifest: null,
    trailer: sampleOid(seed),
    size,
    objects: 5,
    state: 'staging',
    holders: [],
    wanted: [],
    order: 1,
    roots: null,
  }
  return { row, rows, index: await sampleIndex(5) }
}
