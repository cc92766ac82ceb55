import { linkHash } from '../../link.ts'
import type { Divergence } from '../../refs/index.ts'
import type {
  HolderState,
  LeftOut,
  PreviewState,
  RepositoryState,
  RepositoryStatus,
  TransferState,
} from '../../types.ts'
import { countedRefs, type HeldRefs, type RepositoryRecord } from './record.ts'

export interface StateParts {
  token: string
  record: RepositoryRecord | undefined
  names: ReadonlyMap<string, string>
  status: RepositoryStatus
  divergences: Divergence[]
  leftOut: LeftOut
  holders: HolderState[]
  transfer: TransferState | null
  preview: PreviewState | null
  comparedAt: number
  /** This browser's identity. */
  identity: string
}

/** What the programs show: a new object at every change. */
export function stateOf(parts: StateParts): RepositoryState {
  const { token, record, names, status, divergences, leftOut, holders, transfer, preview, comparedAt, identity } = parts
  const document = record?.chain?.current.document ?? null
  return {
    token,
    document,
    status,
    generation: record?.stored.generation ?? 0,
    head: record?.stored.head ?? null,
    refs: record?.stored.refs ?? [],
    divergences,
    names: namesIn(record, names),
    equivocations: [...new Set(record?.settings.equivocations.map((it) => it.identity) ?? [])],
    leftOut,
    holders,
    transfer,
    preview: record == null || record.held.size > 0 ? null : preview,
    signedAt: Math.max(0, ...(record == null ? [] : countedRefs(record)).map(({ header }) => header.time)),
    comparedAt: Math.max(comparedAt, record?.settings.comparedAt ?? 0),
    stale: record != null && record.held.size > 0 && isStale(record),
    maintainer: document?.delegates.includes(identity) ?? false,
  }
}

/** Of those who have to do with the repository, not of everybody who is connected. */
function namesIn(record: RepositoryRecord | undefined, names: ReadonlyMap<string, string>): Record<string, string> {
  const { chain, held = new Map<string, HeldRefs>(), settings } = record ?? {}
  const signers = [...held.values()].map(({ header }) => header.identity)
  const twofold = settings?.equivocations.map(({ identity }) => identity) ?? []
  const people = new Set([...(chain?.current.document.delegates ?? []), ...signers, ...twofold])
  return Object.fromEntries([...names].filter(([id]) => people.has(id)))
}

/** The link named a state that is newer than all that is here, or another one of the same sequence. */
function isStale(record: RepositoryRecord): boolean {
  const { sequence, hash } = record.settings
  if (sequence == null) return false
  return !countedRefs(record).some(
    ({ header }) =>
      header.sequence > sequence || (header.sequence === sequence && (hash == null || linkHash(header.hash) === hash)),
  )
}
