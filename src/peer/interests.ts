import { concat } from 'uint8arrays/concat'
import { toString } from 'uint8arrays/to-string'
import { INTEREST_TAG_BYTES, MAX_INTERESTS } from './config.ts'

/** A tag in hex → the discovery key that it stands for, in hex. */
export type InterestTags = Map<string, string>

/**
 * Salted tags of our discovery keys: the first 8 bytes of SHA-256(both nonces ‖ key), the dialler's nonce first.
 * Who does not know a key learns nothing from its tag, and cannot compare tags of two exchanges.
 */
export async function tagInterests(
  discoveryKeys: Uint8Array[],
  diallerNonce: Uint8Array,
  listenerNonce: Uint8Array,
): Promise<InterestTags> {
  const entries = await Promise.all(
    discoveryKeys.slice(0, MAX_INTERESTS).map(async (key): Promise<[string, string]> => {
      const digest = await crypto.subtle.digest('SHA-256', concat([diallerNonce, listenerNonce, key]))
      return [toString(new Uint8Array(digest, 0, INTEREST_TAG_BYTES), 'hex'), toString(key, 'hex')]
    }),
  )

  return new Map(entries)
}

/** The tags one after another, sorted, so that their order tells nothing. */
export function packTags(tags: InterestTags): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(tags.size * INTEREST_TAG_BYTES)

  ;[...tags.keys()].sort().forEach((tag, index) => {
    for (let byte = 0; byte < INTEREST_TAG_BYTES; byte++) {
      packed[index * INTEREST_TAG_BYTES + byte] = Number.parseInt(tag.slice(byte * 2, byte * 2 + 2), 16)
    }
  })

  return packed
}

/** What is wrong with the packed tags that a peer sent, or undefined. */
export function faultOfTags(packed: Uint8Array): string | undefined {
  if (packed.byteLength % INTEREST_TAG_BYTES !== 0) {
    return 'its interests are not whole tags'
  }
  if (packed.byteLength > MAX_INTERESTS * INTEREST_TAG_BYTES) {
    return `it has more than ${MAX_INTERESTS} interests`
  }

  return undefined
}

/** The discovery keys (hex, sorted) whose tags the other side sent too. */
export function matchTags(ours: InterestTags, theirs: Uint8Array): string[] {
  const shared = new Set<string>()

  for (let offset = 0; offset + INTEREST_TAG_BYTES <= theirs.byteLength; offset += INTEREST_TAG_BYTES) {
    const key = ours.get(toString(theirs.subarray(offset, offset + INTEREST_TAG_BYTES), 'hex'))

    if (key !== undefined) {
      shared.add(key)
    }
  }

  return [...shared].sort()
}
