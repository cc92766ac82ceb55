import { fromBase64url, toBase64url } from '../document/index.ts'

/** What the engine keeps beside a repository in the store: hints and evidence, nothing that is trusted unchecked. */
export interface RepositorySettings {
  /** Raw Ed25519 key of the holder that the link named. */
  hint: Uint8Array | null
  /** The sharer's newest header when the link was made. */
  sequence: number | null
  hash: string | null
  /** Its user stopped the clone. */
  paused: boolean
  /** PeerIds of holders that were seen, newest first. */
  holders: string[]
  /** Two headers of one writer with one sequence. */
  equivocations: Equivocation[]
  /** Unix milliseconds of the last comparison with a holder. */
  comparedAt: number
}

export interface Equivocation {
  identity: string
  writer: string
  sequence: number
  envelopes: [Uint8Array, Uint8Array]
}

/** Kept so many of each: more tell nothing more. */
export const MAX_KNOWN_HOLDERS = 16
export const MAX_EQUIVOCATIONS = 16

export const NO_SETTINGS: RepositorySettings = {
  hint: null,
  sequence: null,
  hash: null,
  paused: false,
  holders: [],
  equivocations: [],
  comparedAt: 0,
}

export function encodeSettings(settings: RepositorySettings): Uint8Array {
  const { hint, equivocations, ...rest } = settings
  const json = {
    ...rest,
    hint: hint == null ? null : toBase64url(hint),
    equivocations: equivocations.map(({ envelopes, ...other }) => ({
      ...other,
      envelopes: envelopes.map(toBase64url),
    })),
  }
  return new TextEncoder().encode(JSON.stringify(json))
}

/** Reads what `encodeSettings` wrote; whatever is missing or damaged has its default, because none of it is needed. */
export function decodeSettings(bytes: Uint8Array): RepositorySettings {
  if (bytes.byteLength === 0) return { ...NO_SETTINGS }
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    if (error instanceof SyntaxError) return { ...NO_SETTINGS }
    throw error
  }
  if (typeof json !== 'object' || json == null) return { ...NO_SETTINGS }
  const fields = json as Record<string, unknown>
  return {
    hint: typeof fields.hint === 'string' ? fromBase64url(fields.hint) : null,
    sequence: typeof fields.sequence === 'number' ? fields.sequence : null,
    hash: typeof fields.hash === 'string' ? fields.hash : null,
    paused: fields.paused === true,
    holders: strings(fields.holders).slice(0, MAX_KNOWN_HOLDERS),
    equivocations: equivocationsOf(fields.equivocations),
    comparedAt: typeof fields.comparedAt === 'number' ? fields.comparedAt : 0,
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function equivocationsOf(value: unknown): Equivocation[] {
  if (!Array.isArray(value)) return []
  return value.slice(0, MAX_EQUIVOCATIONS).flatMap((item: unknown) => {
    if (typeof item !== 'object' || item == null) return []
    const { identity, writer, sequence, envelopes } = item as Record<string, unknown>
    const [a, b] = strings(envelopes).map(fromBase64url)
    if (typeof identity !== 'string' || typeof writer !== 'string' || typeof sequence !== 'number') return []
    return a == null || b == null ? [] : [{ identity, writer, sequence, envelopes: [a, b] as [Uint8Array, Uint8Array] }]
  })
}
