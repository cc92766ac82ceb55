import type { ImportWarning } from '../../src/git/index.ts'
import type { ImportSource, ImportState, RepoSync } from '../../src/sync/index.ts'

export type ImportStatus =
  | { kind: 'running' }
  | { kind: 'done'; token: string; warnings: ImportWarning[] }
  | { kind: 'cancelled' }
  | { kind: 'failed'; error: unknown }

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
      const { token, warnings } = await sync.create(source, options)
      this.status = { kind: 'done', token, warnings }
      return token
    } catch (error) {
      this.status = options.signal.aborted ? { kind: 'cancelled' } : { kind: 'failed', error }
      return null
    }
  }

  readonly cancel = (): void => {
    this.#abort.abort()
  }
}
