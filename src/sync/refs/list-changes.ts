import { compareBytes, concatenate, sameBytes } from '../document/digest.ts'
import { MAX_LIST_BYTES } from '../wire/limits.ts'
import { RefsListError } from './errors.ts'

const NUL = 0
const LF = 10

interface Line {
  name: Uint8Array
  /** The entry as a list has it; only its name where it is taken out. */
  bytes: Uint8Array
  taken: boolean
}

/**
 * What makes `after` of `before`, two encoded lists: for each ref whose entry is another, ascending by the bytes of its name,
 * `name NUL oid (SP oid)* LF` as the list has it, or `name LF` where it has none any more.
 */
export function changesOf(before: Uint8Array, after: Uint8Array): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  const old = linesOf(before)
  let line = old.next().value
  for (const { name, bytes } of linesOf(after)) {
    for (; line !== undefined && compareBytes(line.name, name) < 0; line = old.next().value)
      parts.push(...without(line))
    const same = line !== undefined && sameBytes(line.bytes, bytes)
    if (line !== undefined && compareBytes(line.name, name) === 0) line = old.next().value
    if (!same) parts.push(bytes)
  }
  for (; line !== undefined; line = old.next().value) parts.push(...without(line))
  return concatenate(parts)
}

/**
 * The list that `changes`, from anybody, make of `before`. Whether it is one, and the one that was signed, is for the caller to
 * check: nothing is looked at here but that names ascend. Throws `RefsListError`, where it would be longer than a list may be
 * too.
 */
export function applyChanges(before: Uint8Array, changes: Uint8Array): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  const old = linesOf(before)
  let line = old.next().value
  let previous: Uint8Array | undefined
  for (const { name, bytes, taken } of linesOf(changes)) {
    if (previous !== undefined && compareBytes(name, previous) <= 0) throw new RefsListError('', 'has unsorted changes')
    previous = name
    for (; line !== undefined && compareBytes(line.name, name) < 0; line = old.next().value) parts.push(line.bytes)
    if (line !== undefined && compareBytes(line.name, name) === 0) line = old.next().value
    if (!taken) parts.push(bytes)
  }
  for (; line !== undefined; line = old.next().value) parts.push(line.bytes)
  const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0)
  if (bytes > MAX_LIST_BYTES) throw new RefsListError('', `is longer than ${MAX_LIST_BYTES} bytes`)
  return concatenate(parts)
}

function without({ name }: Line): [Uint8Array, Uint8Array] {
  return [name, Uint8Array.of(LF)]
}

function* linesOf(list: Uint8Array): Generator<Line, undefined> {
  for (let start = 0; start < list.byteLength;) {
    const end = list.indexOf(LF, start)
    if (end < 0) throw new RefsListError('', 'is cut off')
    const bytes = list.subarray(start, end + 1)
    const nul = bytes.indexOf(NUL)
    yield { name: bytes.subarray(0, nul < 0 ? -1 : nul), bytes, taken: nul < 0 }
    start = end + 1
  }
}
