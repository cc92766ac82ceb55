/** What the attestation of a peer has room for, in UTF-8. */
export const MAX_NAME_BYTES = 64

export function isName(name: string): boolean {
  const trimmed = name.trim()
  return trimmed !== '' && new TextEncoder().encode(trimmed).byteLength <= MAX_NAME_BYTES
}
