import { concat, utf8 } from '../object/index.ts'
import { RemoteProtocolError } from './errors.ts'

/**
 * pkt-lines (gitprotocol-common(5)): four hexadecimal digits that say how long the line is, themselves included, then its
 * bytes. 0000, 0001 and 0002 have none and are marks: the end of a message, between its parts, the end of an answer.
 */
export type Packet = { kind: 'data'; bytes: Uint8Array } | { kind: 'flush' | 'delimiter' | 'end' }

const LENGTH_BYTES = 4
/** git's LARGE_PACKET_MAX: the longest line, its length included. */
const MAX_PACKET_BYTES = 65_520
const MARKS = ['flush', 'delimiter', 'end'] as const

/**
 * The packets in a stream that comes in pieces of any length. A packet's bytes stand until the next one is asked for: what
 * is kept is copied. Holds one piece and one packet at most. Throws `RemoteProtocolError` where the stream is no pkt-lines
 * or ends in the middle of one.
 */
export async function* packets(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Packet, void, undefined> {
  const packet = new Uint8Array(MAX_PACKET_BYTES)
  /** Bytes of the packet that are here, of the `length` that it has; 0: not known yet. */
  let [filled, length] = [0, 0]
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const needed = (length === 0 ? LENGTH_BYTES : length) - filled
      const part = piece.subarray(at, at + needed)
      at += part.length
      // A packet that is wholly in this piece is given as it is.
      if (filled === LENGTH_BYTES && part.length === needed) {
        yield { kind: 'data', bytes: part }
        filled = length = 0
        continue
      }
      packet.set(part, filled)
      filled += part.length
      if (part.length < needed) continue
      if (length > 0) yield { kind: 'data', bytes: packet.subarray(LENGTH_BYTES, length) }
      else {
        length = lengthOf(packet)
        if (length > LENGTH_BYTES) continue
        const mark = MARKS[length]
        yield mark === undefined ? { kind: 'data', bytes: new Uint8Array() } : { kind: mark }
      }
      filled = length = 0
    }
  }
  if (filled > 0) throw new RemoteProtocolError('The answer ends in the middle of a line.')
}

function lengthOf(packet: Uint8Array): number {
  let length = 0
  for (let i = 0; i < LENGTH_BYTES; i++) length = 16 * length + digitOf(packet[i] as number)
  // 3 is no mark, and no line is that short.
  if (Number.isNaN(length) || length === 3) throw new RemoteProtocolError('A line of the answer has no length.')
  if (length > MAX_PACKET_BYTES) throw new RemoteProtocolError('A line of the answer is longer than git allows.')
  return length
}

function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = (byte | 0x20) - 0x61
  return letter >= 0 && letter < 6 ? letter + 10 : NaN
}

/** A request: lines of text, `null` between its parts, a flush at its end. */
export function encodeRequest(lines: ReadonlyArray<string | null>): Uint8Array<ArrayBuffer> {
  const encoded = lines.map((line) => (line === null ? utf8('0001') : encodeLine(line)))
  return concat([...encoded, utf8('0000')])
}

function encodeLine(line: string): Uint8Array {
  const bytes = utf8(`${line}\n`)
  return concat([utf8((bytes.length + LENGTH_BYTES).toString(16).padStart(LENGTH_BYTES, '0')), bytes])
}
