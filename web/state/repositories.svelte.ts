import { createSubscriber } from 'svelte/reactivity'
import type { RepositoryState, RepoSync } from '../../src/sync/index.ts'

/** The repositories of this browser, as `RepoSync` reports them. Read it in a view and the view follows. */
export class Repositories {
  readonly #sync: RepoSync
  readonly #subscribe: () => void
  readonly #all: RepositoryState[] = $derived.by(() => {
    this.#subscribe()
    return this.#sync.repositories()
  })

  constructor(sync: RepoSync) {
    this.#sync = sync
    this.#subscribe = createSubscriber((update) => sync.on(update))
  }

  get all(): RepositoryState[] {
    return this.#all
  }

  get(token: string): RepositoryState | undefined {
    this.#subscribe()
    return this.#sync.repository(token)
  }
}
