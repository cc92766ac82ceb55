/** A file as lines: where each begins, and a number that equals that of an equal line. */
export interface Lines {
  bytes: Uint8Array
  /** Offset of each line, and of the end. */
  starts: number[]
  ids: Int32Array
  /** The last line ends with a line feed (or there is none). */
  complete: boolean
}

// Windows-1252 as the Encoding Standard defines it gives each byte a character of its own, so that equal text is equal bytes.
const bytewise = new TextDecoder('windows-1252')
const lossy = new TextDecoder('utf-8', { ignoreBOM: true })

/** Splits after each line feed; `ids` numbers lines over all files that share it. */
export function splitLines(bytes: Uint8Array, ids: Map<string, number>): Lines {
  const text = bytewise.decode(bytes)
  const starts: number[] = []
  const numbers: number[] = []
  for (let at = 0; at < text.length;) {
    const feed = text.indexOf('\n', at)
    const end = feed === -1 ? text.length : feed + 1
    const line = text.slice(at, end)
    const known = ids.get(line)
    if (known === undefined) ids.set(line, ids.size)
    starts.push(at)
    numbers.push(known ?? ids.size - 1)
    at = end
  }
  starts.push(text.length)
  return { bytes, starts, ids: Int32Array.from(numbers), complete: text === '' || text.endsWith('\n') }
}

/** Line `index` without its line feed; bytes that are not UTF-8 become U+FFFD. */
export function lineText(lines: Lines, index: number): string {
  const start = lines.starts[index] ?? 0
  const end = lines.starts[index + 1] ?? start
  return lossy.decode(lines.bytes.subarray(start, lines.bytes[end - 1] === 10 ? end - 1 : end))
}

/** Columns before the first character that is no white space (a tab goes to the next multiple of 8); 0 for a blank line. */
export function indentation(lines: Lines, index: number): number {
  const end = lines.starts[index + 1] ?? 0
  let columns = 0
  for (let at = lines.starts[index] ?? end; at < end; at++) {
    const byte = lines.bytes[at]
    if (byte === 32) columns++
    else if (byte === 9) columns += 8 - (columns % 8)
    else return byte === 10 || byte === 13 ? 0 : columns
  }
  return 0
}
