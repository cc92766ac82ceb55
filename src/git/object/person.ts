import type { Person } from '../store/git-store.ts'
import { asciiText, concat, decodeText, utf8 } from './bytes.ts'

/**
 * Who and when, as a commit or tag has it: `name <email> seconds +hhmm`. The bytes are kept as they are, since old commits
 * have names in other encodings and lines that git itself would not write today.
 */
export interface Signature {
  /** The whole line after `author `: what is written again. */
  raw: Uint8Array
  name: Uint8Array
  email: Uint8Array
  /** Seconds since the epoch; 0 where it cannot be read. */
  time: number
  /** Minutes east of UTC; 0 where it cannot be read. */
  offset: number
}

const LESS = 0x3c
const GREATER = 0x3e

/** Never fails: what cannot be read is empty or 0, as in `git log`. */
export function parseSignature(raw: Uint8Array): Signature {
  const less = raw.indexOf(LESS)
  if (less < 0) return { raw, name: raw, email: raw.subarray(0, 0), time: 0, offset: 0 }
  const greater = raw.indexOf(GREATER, less)
  let nameEnd = less
  while (nameEnd > 0 && raw[nameEnd - 1] === 0x20) nameEnd--
  const end = raw.lastIndexOf(GREATER)
  // Seconds and zone are 30 characters at most: no need to read more of a line that somebody else wrote.
  const date =
    end < 0 ? null : /^ *(-?\d{1,15}) ([+-])(\d\d)(\d\d)/.exec(asciiText(raw, end + 1, Math.min(raw.length, end + 40)))
  const minutes = date === null ? 0 : Number(date[3]) * 60 + Number(date[4])
  return {
    raw,
    name: raw.subarray(0, nameEnd),
    email: raw.subarray(less + 1, greater < 0 ? raw.length : greater),
    time: date === null ? 0 : Number(date[1]),
    offset: date?.[2] === '-' && minutes !== 0 ? -minutes : minutes,
  }
}

/** The signature for a person, as git writes it: what would break the line is left out of name and email. */
export function signatureOf(person: Person): Signature {
  const zone = Math.abs(person.offset)
  const sign = person.offset < 0 ? '-' : '+'
  const hhmm = String(Math.floor(zone / 60)).padStart(2, '0') + String(zone % 60).padStart(2, '0')
  const name = utf8(clean(person.name))
  const email = utf8(clean(person.email))
  const raw = concat([
    name,
    utf8(name.length > 0 ? ' <' : '<'),
    email,
    utf8(`> ${Math.floor(person.time)} ${sign}${hhmm}`),
  ])
  return parseSignature(raw)
}

/** A signature for people. */
export function personOf(signature: Signature, encoding?: string): Person {
  return {
    name: decodeText(signature.name, encoding),
    email: decodeText(signature.email, encoding),
    time: signature.time,
    offset: signature.offset,
  }
}

/** git's own rule (ident.c): no `<`, `>`, newline or NUL, and none of `.,:;<>"\'` or white space at the ends. */
function clean(text: string): string {
  // eslint-disable-next-line no-control-regex -- NUL is what is looked for
  return text.replace(/[<>\n\0]/g, '').replace(/^[\s\u0000-\u0020.,:;"'\\]+|[\s\u0000-\u0020.,:;"'\\]+$/g, '')
}
