import { decodeText, LF } from '../object/bytes.ts'
import { ServerRefusedError } from './errors.ts'

/** Characters of a server's own words that reach the screen. */
const MAX_WORDS = 300

/** A packet's bytes as text, without the line feed that may end it. */
export function lineOf(bytes: Uint8Array): string {
  return decodeText(bytes.at(-1) === LF ? bytes.subarray(0, -1) : bytes)
}

/** `ERR words` may take the place of any line. */
export function refusalOf(line: string): ServerRefusedError | null {
  return line.startsWith('ERR ') ? new ServerRefusedError(printable(line.slice(4))) : null
}

/** A server's words as one line that shows what it says: no control, separating or direction characters. */
export function printable(words: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is replaced
  const odd = /[\s\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g
  const line = words
    .slice(0, 4 * MAX_WORDS)
    .replace(odd, ' ')
    .trim()
  return line.length > MAX_WORDS ? `${line.slice(0, MAX_WORDS)}…` : line
}
