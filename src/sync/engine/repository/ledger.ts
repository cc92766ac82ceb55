import { TransactionConflictError, type GitStore } from '../../../git/index.ts'
import { sameBytes } from '../../document/digest.ts'
import { NotReadyError, UnknownRepositoryError } from '../../errors.ts'
import { Mutex } from '../mutex.ts'
import { encodeSettings, type RepositorySettings } from '../settings.ts'
import { applyChange, computeCanonical, NotAdmittedError, refChanges, type Change, type Independent } from './apply.ts'
import { isAcceptable, takeRefs, type Candidate, type IntakeContext } from './intake.ts'
import { PastLists } from './past-lists.ts'
import {
  countedRefs,
  knowsDocument,
  loadRecord,
  sharesDelegates,
  writerKey,
  type HeldRefs,
  type RepositoryRecord,
} from './record.ts'
import type { DocumentChain } from '../../document/index.ts'
import type { CanonicalRefs, Divergence, OpenedHeader } from '../../refs/index.ts'
import type { LeftOut } from '../../types.ts'
import type { RefsAnswer } from '../client/refs-answer.ts'

/** Bytes of all lists of one repository, with those of the candidates: what its maintainers can make a holder keep in memory. */
export const MAX_LISTS_BYTES = 16 * 1024 * 1024
/** Names of what is left out that are told. */
const MAX_NAMED = 100

/** How often a change is worked out anew because another tab was faster. */
const MAX_ATTEMPTS = 8

export interface LedgerInit {
  store: GitStore
  token: string
  digest: Uint8Array
  /** Unix milliseconds. */
  clock: () => number
  /** Something that is stored changed. */
  onChange: () => void
  /** Headers whose objects are here now, after the transaction that holds them. */
  onAccepted: (headers: HeldRefs[], from: string | undefined, isFirst: boolean) => void
}

/** What is stored of one repository, and the only place that changes it: one change at a time, each a compare-and-swap. */
export class Ledger {
  /** Verified headers whose objects are not here yet, by writer. */
  readonly candidates = new Map<string, Candidate>()
  /** What writers had before. */
  readonly past = new PastLists()
  readonly #init: LedgerInit
  readonly #mutex = new Mutex()
  /** Identities of writers whose lists were too much, by writer. */
  readonly #beyond = new Map<string, string>()
  #record: RepositoryRecord | undefined
  #canonical: CanonicalRefs | undefined

  constructor(init: LedgerInit) {
    this.#init = init
  }

  get record(): RepositoryRecord | undefined {
    return this.#record
  }

  get divergences(): Divergence[] {
    return this.#canonical?.divergences ?? []
  }

  get leftOut(): LeftOut {
    const { blocked = [], beyond = [] } = this.#canonical ?? {}
    const refs = [...blocked.slice(0, MAX_NAMED), ...beyond.slice(0, MAX_NAMED)].slice(0, MAX_NAMED)
    const delegates = this.#record?.chain?.current.document.delegates ?? []
    const signers = new Set(this.#beyond.values())
    return { count: blocked.length + beyond.length, refs, signers: delegates.filter((id) => signers.has(id)) }
  }

  /** The list of a header that is held, or was, by the header's hash. */
  listOf(hash: Uint8Array): Uint8Array | undefined {
    const held = [...(this.#record?.held.values() ?? [])].find(({ header }) => sameBytes(header.hash, hash))
    return (held ?? this.past.get(hash))?.list
  }

  /** What the writer of a new header has here, where that is the one that it follows. */
  heldBefore({ identity, writer, previous }: OpenedHeader): HeldRefs | undefined {
    const held = this.#record?.held.get(writerKey(identity, writer))
    return held != null && sameBytes(held.header.hash, previous) ? held : undefined
  }

  knowsDocumentOf({ document }: OpenedHeader): boolean {
    return knowsDocument(this.#record?.chain ?? null, document)
  }

  /** Is the header among those to be fetched? Then `from` has it too, where that is known. */
  isProposed({ identity, writer, hash }: OpenedHeader, from: string | undefined): boolean {
    const candidate = this.candidates.get(writerKey(identity, writer))
    if (candidate == null || !sameBytes(candidate.header.hash, hash)) return false
    if (from != null) candidate.sources.add(from)
    return true
  }

  /** Reads again what another tab may have changed. */
  async refresh(): Promise<void> {
    await this.#mutex.run(() => this.#load())
  }

  /** Works `work` out on the newest record, and again where another tab changed it meanwhile. */
  async change<T>(work: (record: RepositoryRecord) => Promise<T>): Promise<T> {
    return this.#mutex.run(async () => {
      for (let attempt = 1; ; attempt++) {
        await this.#load()
        if (this.#record == null) throw new UnknownRepositoryError(this.#init.token)
        try {
          const before: RepositoryRecord = this.#record
          const result = await work(before)
          // Where it applied a change, what is stored is known.
          if (this.#record === before) await this.#load()
          return result
        } catch (error) {
          if (!isConflict(error) || attempt === MAX_ATTEMPTS) throw error
          const { generation } = this.#record.stored
          // Where nothing changed meanwhile, the same would come out again.
          if ((await this.#init.store.repository(this.#init.token))?.generation === generation) throw error
        }
      }
    })
  }

  /** Changes settings; a no-op where `update` returns what was given. */
  async settings(update: (settings: RepositorySettings) => RepositorySettings): Promise<void> {
    await this.change(async ({ settings, stored: { generation } }) => {
      const next = update(settings)
      if (next === settings) return
      // They are written as a whole: what another tab wrote meanwhile must not be lost.
      const expect = { generation }
      await this.#init.store.transact({ repository: this.#init.token, settings: encodeSettings(next), expect })
    })
  }

  /** Judges what `from` answered and takes down what is to be fetched. True where something is. */
  async take(answer: RefsAnswer, from: string): Promise<{ behind: boolean }> {
    const { store, token, digest, clock } = this.#init
    const context: IntakeContext = { store, token, digest, now: clock() }
    return this.change(async (record) => {
      const result = await takeRefs(context, record, answer, from)
      for (const key of result.equivocal) this.candidates.delete(key)
      for (const candidate of result.candidates) this.#propose(candidate)
      return { behind: result.behind }
    })
  }

  /**
   * Moves refs to what the accepted headers say, with what was staged for them. `absent` are objects that only come with
   * `staged`: the graph cannot be asked about them before they are admitted. `unseen`: the headers were not taken down before,
   * and are judged now. Resolves to those that are held now.
   */
  async accept(
    headers: HeldRefs[],
    staged: string[],
    absent: Set<string>,
    from: string,
    unseen = false,
  ): Promise<HeldRefs[]> {
    const { store, token, digest, clock } = this.#init
    let admit = [...staged]
    let isFirst = false
    const accepted = await this.change(async (record) => {
      const chain = chainOf(record)
      isFirst = record.held.size === 0
      const context = { digest, now: clock() }
      const fresh = headers.filter(
        (entry) => counts(record, entry) && (!unseen || isAcceptable(context, record, entry.header)),
      )
      if (fresh.length === 0) {
        // Another tab has them by now, or their signer was taken out meanwhile: nobody needs what came for them.
        for (const staging of admit.splice(0)) await store.discard(staging)
        return fresh
      }
      const guarded: Independent = async (oids) => {
        if (admit.length > 0 && oids.some((oid) => absent.has(oid))) throw new NotAdmittedError()
        return store.independent(token, oids)
      }
      const settings = withoutSeen(record, fresh)
      const change: Change = { headers: fresh, admit, independent: guarded }
      if (settings !== record.settings) change.settings = settings
      try {
        await this.apply(record, chain, change)
      } catch (error) {
        if (!(error instanceof NotAdmittedError)) throw error
        await store.transact({ repository: token, admit })
        admit = []
        // That was one generation. Where another tab made one too, it is all worked out again.
        const stored = { ...record.stored, generation: record.stored.generation + 1 }
        await this.apply({ ...record, stored }, chain, { ...change, admit })
      }
      return fresh
    })
    if (accepted.length > 0) this.#init.onAccepted(accepted, from, isFirst)
    return accepted
  }

  /** `applyChange` within a change. What is stored then is known, and mostly need not be read again. */
  async apply(record: RepositoryRecord, chain: DocumentChain, change: Change): Promise<void> {
    const { store, token, onChange } = this.#init
    const { canonical, next } = await applyChange(store, token, record, chain, change)
    // Where there are versions, which one is shown depends on what was there.
    if (next == null || this.#record !== record || canonical.divergences.length > 0) return
    this.#canonical = canonical
    this.#replace(next)
    onChange()
  }

  /**
   * Runs a change that signs: what it returns is announced after its transaction; null where there was nothing to sign.
   * Worked out again where another tab of this writer was faster.
   */
  async sign<T>(
    work: (record: RepositoryRecord, chain: DocumentChain) => Promise<{ own: HeldRefs | null; result: T }>,
  ): Promise<T> {
    const { own, result } = await this.change((record) => work(record, chainOf(record)))
    if (own !== null) this.#init.onAccepted([own], undefined, false)
    return result
  }

  #propose(candidate: Candidate): void {
    const key = writerKey(candidate.header.identity, candidate.header.writer)
    const before = this.candidates.get(key)
    if (before != null && before.header.sequence > candidate.header.sequence) return
    if (before?.header.sequence === candidate.header.sequence) {
      for (const source of candidate.sources) before.sources.add(source)
      return
    }
    this.#beyond.delete(key)
    if (this.#listBytes(key) + candidate.list.byteLength > MAX_LISTS_BYTES) {
      this.#beyond.set(key, candidate.header.identity)
      this.candidates.delete(key)
    } else this.candidates.set(key, candidate)
  }

  /** Of all who count or are about to, but `writer`. */
  #listBytes(writer: string): number {
    const lists = new Map<string, number>()
    const held = this.#record == null ? [] : countedRefs(this.#record)
    for (const { header, list } of [...held, ...this.candidates.values()]) {
      lists.set(writerKey(header.identity, header.writer), list.byteLength)
    }
    lists.delete(writer)
    return [...lists.values()].reduce((sum, bytes) => sum + bytes, 0)
  }

  async #load(): Promise<void> {
    const { store, token, digest, onChange } = this.#init
    const before = this.#record
    this.#replace(await loadRecord(store, token, digest, before))
    if (this.#record === before) return
    await this.#reconcile()
    onChange()
  }

  /** Refs follow from what was signed. A stop between admitting and moving leaves them behind; this catches up. */
  async #reconcile(): Promise<void> {
    const { store, token } = this.#init
    const record = this.#record
    // Its graph cannot be asked while some of it is lost: refs stay as they were.
    if (record?.stored.damaged === true) return
    if (record?.chain == null || record.held.size === 0) {
      this.#canonical = undefined
      return
    }
    const canonical = await computeCanonical(record, record.chain, [], (oids) => store.independent(token, oids))
    this.#canonical = canonical
    const refs = refChanges(record.stored.refs, canonical.refs)
    const shared = sharesDelegates(record, record.chain)
    if (refs.length === 0 && record.stored.head === canonical.head && shared) return
    const sharing = shared ? {} : { sharing: record.chain.current.document.delegates }
    const old = new Map(record.stored.refs.map(({ name, oid }) => [name, oid]))
    const expect = { refs: refs.map(({ name }) => ({ name, oid: old.get(name) ?? null })) }
    try {
      await store.transact({ repository: token, refs, head: canonical.head, ...sharing, expect })
    } catch (error) {
      // Another tab did the same.
      if (!isConflict(error)) throw error
    }
    this.#replace(await loadRecord(store, token, this.#init.digest, record))
  }

  #replace(record: RepositoryRecord | undefined): void {
    for (const [key, before] of this.#record?.held ?? []) {
      const now = record?.held.get(key)
      if (now != null && !sameBytes(now.header.hash, before.header.hash)) this.past.add(before)
    }
    this.#record = record
    for (const [key, candidate] of this.candidates) {
      if (record != null && !counts(record, candidate)) this.candidates.delete(key)
    }
  }
}

export function isConflict(error: unknown): boolean {
  return error instanceof Error && error.name === TransactionConflictError.name
}

function chainOf(record: RepositoryRecord): DocumentChain {
  if (record.chain == null) throw new NotReadyError()
  return record.chain
}

/** A delegate signed it, after what is held of that writer. */
function counts({ chain, held }: RepositoryRecord, { header }: HeldRefs): boolean {
  const before = held.get(writerKey(header.identity, header.writer))
  const isDelegate = chain?.current.document.delegates.includes(header.identity) ?? false
  return isDelegate && (before == null || before.header.sequence < header.sequence)
}

/** Hashes of headers are kept aside only while their objects are not here. The same where there are none. */
function withoutSeen(record: RepositoryRecord, headers: HeldRefs[]): RepositorySettings {
  const gone = new Set(headers.map(({ header }) => writerKey(header.identity, header.writer)))
  const { settings } = record
  const seen = Object.entries(settings.seen).filter(([key]) => !gone.has(key))
  if (seen.length === Object.keys(settings.seen).length && settings.packs.length === 0) return settings
  return { ...settings, seen: Object.fromEntries(seen), packs: [] }
}
