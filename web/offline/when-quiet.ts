import type { RepoSync, RepositoryStatus } from '../../src/sync/index.ts'

/** Milliseconds in a row in which nothing is fetched. */
const QUIET = 1500
/** Milliseconds after which it is not waited for any longer: a long transfer, or one that stops and goes. */
const AT_MOST = 60_000

const BUSY: ReadonlySet<RepositoryStatus['kind']> = new Set(['connecting', 'cloning', 'updating'])

/** Resolves once nothing has been fetched for a moment, and in a minute at the latest. */
export async function whenQuiet(sync: Pick<RepoSync, 'repositories' | 'on'>): Promise<void> {
  await new Promise<void>((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const done = (): void => {
      clearTimeout(timer)
      clearTimeout(latest)
      stop()
      resolve()
    }
    const look = (): void => {
      if (sync.repositories().some(isBusy)) {
        clearTimeout(timer)
        timer = undefined
      } else timer ??= setTimeout(done, QUIET)
    }
    const latest = setTimeout(done, AT_MOST)
    const stop = sync.on(look)
    look()
  })
}

/** Where nobody is found it may take for ever: then there is nothing to give way to. */
function isBusy({ status }: { status: RepositoryStatus }): boolean {
  return BUSY.has(status.kind) || (status.kind === 'looking' && !status.nobody)
}
