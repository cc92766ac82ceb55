import { fromBase64url, toBase64url } from '../document/index.ts'
import type { RepositoryLink } from '../types.ts'

/** What the engine keeps beside a repository in the store: hints and evidence, nothing that is trusted unchecked. */
export interface RepositorySettings {
  /** Raw Ed25519 key of the holder that the link named. */
  hint: Uint8Array | null
  /** The sharer's newest header when the link was made. */
  sequence: number | null
  hash: string | null
  /** Its user stopped the clone. */
  paused: boolean
  /** Its user agreed to a first copy of any size. */
  agreed: boolean
  /** PeerIds of holders that were seen, newest first. */
  holders: string[]
  /** Two headers of one writer with one sequence. */
  equivocations: Equivocation[]
  /** The highest headers seen, by writer, where their objects are not here yet. */
  seen: Record<string, SeenHeader>
  /** Base packs of which chunks may be here that no repository holds yet. */
  packs: string[]
  /** Unix milliseconds of the last comparison with a holder. */
  comparedAt: number
}

export interface SeenHeader {
  sequence: number
  hash: Uint8Array
  envelope: Uint8Array
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
export const MAX_SEEN = 256
export const MAX_PACKS = 1024

export const NO_SETTINGS: RepositorySettings = {
  hint: null,
  sequence: null,
  hash: null,
  paused: false,
  agreed: false,
  holders: [],
  equivocations: [],
  seen: {},
  packs: [],
  comparedAt: 0,
}

/** What a link adds: its hint is the latest, its sequence counts where it is newer. */
export function withLink(settings: RepositorySettings, link: RepositoryLink): RepositorySettings {
  const newer = link.sequence != null && link.sequence > (settings.sequence ?? 0)
  return {
    ...settings,
    hint: link.hint ?? settings.hint,
    sequence: newer ? (link.sequence ?? null) : settings.sequence,
    hash: newer ? (link.hash ?? null) : settings.hash,
  }
}

export function encodeSettings(settings: RepositorySettings): Uint8Array {
  const { hint, equivocations, seen, ...rest } = settings
  const json = {
    ...rest,
    hint: hint == null ? null : toBase64url(hint),
    seen: Object.entries(seen).map(([writer, header]) => ({
      writer,
      sequence: header.sequence,
      hash: toBase64url(header.hash),
      envelope: toBase64url(header.envelope),
    })),
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
    agreed: fields.agreed === true,
    holders: strings(fields.holders).slice(0, MAX_KNOWN_HOLDERS),
    equivocations: equivocationsOf(fields.equivocations),
    seen: seenOf(fields.seen),
    packs: strings(fields.packs).slice(0, MAX_PACKS),
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

function seenOf(value: unknown): RepositorySettings['seen'] {
  const seen: RepositorySettings['seen'] = {}
  if (!Array.isArray(value)) return seen
  for (const item of value.slice(0, MAX_SEEN) as unknown[]) {
    if (typeof item !== 'object' || item == null) continue
    const { writer, sequence, ...encoded } = item as Record<string, unknown>
    const [hash, envelope] = strings([encoded.hash, encoded.envelope]).map(fromBase64url)
    if (typeof writer !== 'string' || typeof sequence !== 'number' || hash == null || envelope == null) continue
    seen[writer] = { sequence, hash, envelope }
  }
  return seen
}
