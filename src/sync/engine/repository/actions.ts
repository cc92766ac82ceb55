import { DivergedError, LimitExceededError } from '../../errors.ts'
import { MAX_DELEGATES, nextDocument } from '../../document/index.ts'
import {
  TransactionConflictError,
  type CommitRequest,
  type GitStore,
  type MergeRequest,
  type Oid,
  type Staged,
} from '../../../git/index.ts'
import { trimName } from '../../../peer/index.ts'
import type { Independent } from './apply.ts'
import { ownKey, signOwn, withCommit, type Author } from './author.ts'
import type { Ledger } from './ledger.ts'
import type { RepositoryRecord } from './record.ts'

export interface ActionContext {
  store: GitStore
  token: string
  digest: Uint8Array
  author: Author
  ledger: Ledger
  /** Unix milliseconds. */
  clock: () => number
}

type StagedCommit = Staged & { commit: Oid }

export interface PublishUpdate {
  refs: Array<{ name: string; oid: string | null }>
  head?: string | null
  admit: string[]
}

/**
 * A commit on top of what is here. Rejects with `TransactionConflictError` where the branch is not at `request.parent`, and
 * with `DivergedError` where that is somebody else's version and this writer has one of its own.
 */
export async function commit(context: ActionContext, request: CommitRequest): Promise<{ commit: string }> {
  const { ref, parent } = request
  const staged = await context.store.stageCommit(context.token, request)
  const parents = parent == null ? [] : [parent]
  return moveTo(context, staged, { ref, parents, from: (current) => current == null || current === parent })
}

/**
 * Joins two versions of a branch. Rejects with `TransactionConflictError` where the branch is at neither, and as
 * `GitStore.stageMerge` does where something has no resolution.
 */
export async function merge(context: ActionContext, request: MergeRequest): Promise<{ commit: string }> {
  const { ref, ours, theirs } = request
  const parents = [ours, theirs]
  const staged = await context.store.stageMerge(context.token, request)
  return moveTo(context, staged, { ref, parents, from: (current) => current != null && parents.includes(current) })
}

interface Move {
  ref: string
  parents: Oid[]
  /** Is what the branch is at now what the commit was made on? */
  from: (current: Oid | null) => boolean
}

/** Admits a staged commit, moves the branch to it and signs, in one transaction. */
async function moveTo(context: ActionContext, staged: StagedCommit, move: Move): Promise<{ commit: string }> {
  const { store, token, digest, author, ledger, clock } = context
  const { commit: oid, staging } = staged
  const { ref } = move
  try {
    return await ledger.sign(async (record, chain) => {
      const current = record.stored.refs.find(({ name }) => name === ref)?.oid ?? null
      if (!move.from(current)) throw new TransactionConflictError()
      const independent = withCommit(store, token, oid, move.parents)
      await keepsOwn(context, record, { ref, oid, independent })
      const moves = [{ name: ref, oid, from: current }]
      const own = await signOwn(author, record, chain, { digest, moves, independent, now: clock() })
      await ledger.apply(record, chain, { headers: [own], admit: [staging], independent })
      return { own, result: { commit: oid } }
    })
  } catch (error) {
    await store.discard(staging)
    throw error
  }
}

/** A version stands by its writer's list alone: what leaves it out there takes it from everybody. */
async function keepsOwn(
  { author, ledger }: ActionContext,
  record: RepositoryRecord,
  { ref, oid, independent }: { ref: string; oid: Oid; independent: Independent },
): Promise<void> {
  const own = record.held.get(ownKey(author))?.refs.find(({ name }) => name === ref)?.oid
  const versions = ledger.divergences.find((divergence) => divergence.ref === ref)?.versions ?? []
  if (own == null || !versions.some((version) => version.oid === own)) return
  if ((await independent([own, oid])).includes(own)) throw new DivergedError(ref)
}

/** Moves own refs to what was staged elsewhere. What other maintainers have beside it stays a version of its own. */
export async function publish(context: ActionContext, update: PublishUpdate): Promise<void> {
  const { store, token, digest, author, ledger, clock } = context
  // Admitted first: the graph is asked about the new commits before they are signed.
  if (update.admit.length > 0) await store.transact({ repository: token, admit: update.admit })
  await ledger.sign(async (record, chain) => {
    const before = new Map(record.held.get(ownKey(author))?.refs.map(({ name, oid }) => [name, oid]))
    const moves = update.refs.map(({ name, oid }) => ({ name, oid, from: before.get(name) ?? null }))
    const independent = (oids: string[]): Promise<string[]> => store.independent(token, oids)
    const change = { digest, moves, head: update.head, independent, now: clock() }
    const own = await signOwn(author, record, chain, change)
    await ledger.apply(record, chain, { headers: [own], admit: [], independent })
    return { own, result: undefined }
  })
}

/** A new version of the document with one more maintainer, and refs signed under it. Nothing where it is one already. */
export async function addDelegate(context: ActionContext, identity: { id: string; name: string }): Promise<void> {
  const { store, token, digest, author, ledger, clock } = context
  await ledger.sign(async (record, chain) => {
    const { delegates, delegateNames } = chain.current.document
    // Asked here, where one change follows another: two calls at once add it once.
    if (delegates.includes(identity.id)) return { own: null, result: undefined }
    if (delegates.length >= MAX_DELEGATES) throw new LimitExceededError('maintainers', MAX_DELEGATES)
    const changes = {
      delegates: [...delegates, identity.id],
      delegateNames: [...delegateNames, trimName(identity.name)],
    }
    const next = await nextDocument(chain.current, changes, author.identity.key)
    const grown = { versions: [...chain.versions, next], current: next, fork: [] }
    const independent = (oids: string[]): Promise<string[]> => store.independent(token, oids)
    const own = await signOwn(author, record, grown, { digest, moves: [], independent, now: clock() })
    const documents = [...record.stored.documents, next.signed]
    await ledger.apply(record, grown, { headers: [own], admit: [], documents, independent })
    return { own, result: undefined }
  })
}
