/** The longest stored block (RFC 1951, 3.2.4). */
const BLOCK_BYTES = 65_535
const MODULUS = 65_521
/** Sums stay below 2^32 for this many bytes (RFC 1950, Adler-32). */
const RUN = 5552

/** `parts` as a zlib stream of stored blocks: what reads it inflates, and nothing is spent on compressing. */
export function storedZlib(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const plain = new Uint8Array(length)
  let filled = 0
  for (const part of parts) {
    plain.set(part, filled)
    filled += part.length
  }
  const blocks = Math.max(1, Math.ceil(length / BLOCK_BYTES))
  const stream = new Uint8Array(2 + blocks * 5 + length + 4)
  const view = new DataView(stream.buffer)
  // Deflate with a window of 32 KiB, no preset dictionary, quickest level; a multiple of 31.
  view.setUint16(0, 0x7801)
  let at = 2
  for (let block = 0; block < blocks; block++) {
    const bytes = plain.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES)
    view.setUint8(at, block === blocks - 1 ? 1 : 0)
    view.setUint16(at + 1, bytes.length, true)
    view.setUint16(at + 3, ~bytes.length & 0xffff, true)
    stream.set(bytes, at + 5)
    at += 5 + bytes.length
  }
  view.setUint32(at, adler32(plain))
  return stream
}

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0]
  for (let at = 0; at < bytes.length;) {
    for (const end = Math.min(bytes.length, at + RUN); at < end; at++) {
      a += bytes[at] as number
      b += a
    }
    a %= MODULUS
    b %= MODULUS
  }
  return b * 65_536 + a
}
