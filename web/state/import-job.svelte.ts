import type { ImportWarning } from '../../src/git/index.ts'
import type { ImportSource, ImportState, KnownRepository, RepoSync, UpdateOutcome } from '../../src/sync/index.ts'

export type ImportStatus =
  | { kind: 'running' }
  /** It is here already; `answer` says what to do. */
  | { kind: 'asking'; known: KnownRepository }
  /** `update`: what it brought to the repository that was here; null where it was imported, or only opened. */
  | { kind: 'done'; token: string; warnings: ImportWarning[]; update: UpdateOutcome | null }
  | { kind: 'cancelled' }
  | { kind: 'failed'; error: unknown }

/** What to do with something that is here already. */
export type KnownAnswer = 'open' | 'update' | 'second'

/** Where the bytes come from: at hand already, or still to be fetched or listed, with progress. */
export type PrepareSource = (options: {
  signal: AbortSignal
  onProgress: (state: ImportState) => void
}) => Promise<ImportSource>

/** One repository on its way in: what it is doing, and the means to stop it. */
export class ImportJob {
  readonly name: string
  status: ImportStatus = $state.raw({ kind: 'running' })
  progress: ImportState | null = $state.raw(null)
  readonly #abort = new AbortController()
  #answered: ((answer: KnownAnswer) => void) | null = null

  constructor(name: string) {
    this.name = name
  }

  /** Never rejects: `status` says how it ended. Resolves to the token, null unless it is done. */
  async run(started: Promise<RepoSync>, prepare: PrepareSource): Promise<string | null> {
    const options = {
      signal: this.#abort.signal,
      onProgress: (state: ImportState) => {
        this.progress = state
      },
    }
    try {
      const sync = await started
      options.signal.throwIfAborted()
      const source = await prepare(options)
      options.signal.throwIfAborted()
      return await this.#bringIn(sync, source, options)
    } catch (error) {
      this.status = options.signal.aborted ? { kind: 'cancelled' } : { kind: 'failed', error }
      return null
    }
  }

  readonly answer = (answer: KnownAnswer): void => {
    this.#answered?.(answer)
  }

  async #bringIn(sync: RepoSync, source: ImportSource, options: { signal: AbortSignal }): Promise<string> {
    let found: KnownRepository | null = null
    let answer: KnownAnswer = 'second'
    const onKnown = async (known: KnownRepository): Promise<boolean> => {
      found = known
      answer = await this.#ask(known)
      return answer === 'second'
    }
    try {
      const { token, warnings } = await sync.create(source, { ...options, onKnown })
      this.status = { kind: 'done', token, warnings, update: null }
      return token
    } catch (error) {
      const { token } = (found as KnownRepository | null) ?? {}
      if (token === undefined || (answer as KnownAnswer) === 'second' || options.signal.aborted) throw error
      const update = (answer as KnownAnswer) === 'update' ? await sync.update(token, source, options) : null
      this.status = { kind: 'done', token, warnings: [], update }
      return token
    }
  }

  /** Rejects where the import is cancelled meanwhile. */
  async #ask(known: KnownRepository): Promise<KnownAnswer> {
    const { signal } = this.#abort
    this.status = { kind: 'asking', known }
    try {
      return await new Promise<KnownAnswer>((resolve, reject) => {
        this.#answered = resolve
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      })
    } finally {
      this.#answered = null
      this.status = { kind: 'running' }
    }
  }

  readonly cancel = (): void => {
    this.#abort.abort()
  }
}
