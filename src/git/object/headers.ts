import { asciiText, LF, SPACE } from './bytes.ts'

/** One header of a commit or tag. Continuation lines are joined by LF without their leading space. */
export interface Header {
  name: string
  value: Uint8Array
}

/** Walks the header lines of a commit or tag from `at`; returns where the message begins (past the empty line). */
export function parseHeaders(bytes: Uint8Array, at: number, headers: Header[]): number {
  while (at < bytes.length) {
    if (bytes[at] === LF) return at + 1
    const [space, end] = headerLine(bytes, at)
    headers.push({ name: asciiText(bytes, at, space), value: unfold(bytes, Math.min(space + 1, end), end) })
    at = end + 1
  }
  return bytes.length
}

/** Where the first line's name ends, and where the header ends, its continuation lines included. */
function headerLine(bytes: Uint8Array, at: number): [space: number, end: number] {
  let end = bytes.indexOf(LF, at)
  if (end < 0) end = bytes.length
  let space = bytes.indexOf(SPACE, at)
  if (space < 0 || space > end) space = end
  while (bytes[end + 1] === SPACE) {
    end = bytes.indexOf(LF, end + 1)
    if (end < 0) end = bytes.length
  }
  return [space, end]
}

function unfold(bytes: Uint8Array, from: number, to: number): Uint8Array {
  if (bytes.subarray(from, to).indexOf(LF) < 0) return bytes.subarray(from, to)
  const value = new Uint8Array(to - from)
  let length = 0
  for (let i = from; i < to; i++) {
    value[length++] = bytes[i] as number
    if (bytes[i] === LF) i++
  }
  return value.subarray(0, length)
}

/** `name SP value LF`, with a space after each LF of the value. */
export function writeHeader(name: string, value: Uint8Array): Uint8Array<ArrayBuffer> {
  let folds = 0
  for (const byte of value) if (byte === LF) folds++
  const line = new Uint8Array(name.length + 1 + value.length + folds + 1)
  for (let i = 0; i < name.length; i++) line[i] = name.charCodeAt(i)
  let at = name.length
  line[at++] = SPACE
  for (const byte of value) {
    line[at++] = byte
    if (byte === LF) line[at++] = SPACE
  }
  line[at] = LF
  return line
}
