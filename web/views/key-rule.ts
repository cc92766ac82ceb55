/** 32 bytes in base64url: 43 characters, the last of which has only 4 bits of them. */
const KEY = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

export type ReadKey =
  | { kind: 'empty' }
  | { kind: 'key'; id: string }
  /** What it is instead, in words. */
  | { kind: 'none'; why: string }

export interface KeyRule {
  /** Keys of the maintainers. */
  maintainers: string[]
  /** Names of the repositories that are here, which look just like keys. */
  tokens: string[]
}

/** Reads the key that somebody copied from their settings page and sent. */
export function readKey(text: string, { maintainers, tokens }: KeyRule): ReadKey {
  const id = text.replace(/[\s<>"'`]/g, '')
  if (id === '') return { kind: 'empty' }
  if (/[#/:]/.test(id) || tokens.includes(id)) {
    return { kind: 'none', why: 'That is a link to a repository. A key stands on the settings page of whoever has it.' }
  }
  if (!KEY.test(id)) {
    return { kind: 'none', why: `A key has 43 letters, digits, - and _; this has ${id.length}. Have it copied again.` }
  }
  if (maintainers.includes(id)) return { kind: 'none', why: 'Whoever has this key is a maintainer already.' }
  return { kind: 'key', id }
}
