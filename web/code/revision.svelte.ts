import type { GitStore, ResolvedRevision } from '../../src/git/index.ts'
import type { RepositoryState } from '../../src/sync/index.ts'
import { Latest } from './latest.svelte.ts'

/** The default branch's short name: HEAD's target, else what the document says, else the first branch. */
export function defaultRef(repository: RepositoryState): string | null {
  const branches = repository.refs.filter(({ name }) => name.startsWith('refs/heads/'))
  const wanted = [repository.head, `refs/heads/${repository.document?.defaultBranch ?? 'main'}`]
  const found = branches.find(({ name }) => wanted.includes(name)) ?? branches[0]
  return found === undefined ? null : found.name.slice('refs/heads/'.length)
}

interface RevisionSource {
  token: string
  repository: RepositoryState
  store: GitStore
}

/** What `ref` names now; follows the repository as it moves. */
export class Revision {
  readonly #answer: Latest<ResolvedRevision | null>
  readonly #name: () => string | null
  // Whatever else is new about a repository asks for nothing anew: while it arrives, that is ten times a second.
  readonly #shown = $derived.by(() => this.#name())
  readonly #commit = $derived.by(() => this.#answer.value?.commit ?? null)

  constructor(source: () => RevisionSource, ref: () => string | null) {
    this.#name = () => ref() ?? defaultRef(source().repository)
    const generation = $derived(source().repository.generation)
    const refs = $derived(source().repository.refs)
    this.#answer = new Latest(
      () => `${source().token} ${this.name}`,
      () => {
        const { token, store } = source()
        // Read so that every change of what is stored, or of what is said to come, asks again.
        void [generation, refs]
        return this.name === null ? null : store.resolve(token, this.name)
      },
    )
  }

  /** Short name or oid that is shown, null in a repository without a branch. */
  get name(): string | null {
    return this.#shown
  }

  /** The commit, once it is known. */
  get commit(): string | null {
    return this.#commit
  }

  /** Full ref name where a ref is looked at; only a branch can be committed to. */
  get branch(): string | null {
    const ref = this.#answer.value?.ref
    return ref?.startsWith('refs/heads/') === true ? ref : null
  }

  get error(): Error | undefined {
    if (this.#answer.value === null) return new Error(`There is no branch, tag or commit "${this.name}" here.`)
    return this.#answer.error
  }
}
