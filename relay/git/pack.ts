import type { GitStore, StagingId } from '../../src/git/index.ts'
import { git, startGit } from './git.ts'

/** Bytes handed to the store at a time: a pipe gives 64 KiB, and every call crosses to the store once. */
const BATCH = 1024 * 1024

export interface PackRequest {
  /** The source, read by stock git. */
  cwd: string
  store: GitStore
  repository: string
  /** Objects that are wanted with all that they reach. */
  wants: Array<{ name: string; oid: string }>
  /** Objects that the store has with all that they reach; those that the source lacks are left out. */
  haves: string[]
  signal?: AbortSignal
}

/** Copies what `wants` reach and `haves` do not into the store, as a thin pack made by git. Answers what was staged. */
export async function stagePack(request: PackRequest): Promise<StagingId> {
  const { cwd, store, repository, wants, signal } = request
  const known = await present(cwd, request.haves, signal)
  const revisions = [...wants.map(({ oid }) => oid), ...known.map((oid) => `^${oid}`)]
  const writer = await store.openPackWriter(repository, { claimed: wants })
  const stopping = new AbortController()
  const { child, done } = startGit(['pack-objects', '--revs', '--thin', '--stdout', '--delta-base-offset', '-q'], {
    cwd,
    input: `${revisions.join('\n')}\n`,
    signal: signal === undefined ? stopping.signal : AbortSignal.any([signal, stopping.signal]),
  })
  // Awaited below: until then its rejection is not unhandled.
  done.catch(() => undefined)
  try {
    let waiting: Buffer[] = []
    let size = 0
    const flush = async () => {
      if (size > 0) await store.writePack(writer, Uint8Array.from(Buffer.concat(waiting)))
      waiting = []
      size = 0
    }
    for await (const part of child.stdout as AsyncIterable<Buffer>) {
      waiting.push(part)
      size += part.byteLength
      if (size >= BATCH) await flush()
    }
    await flush()
    await done
    return (await store.finishPack(writer, { signal })).staging
  } catch (error) {
    stopping.abort(error)
    await store.discard(writer)
    throw error
  }
}

/** Those of `oids` that the source has: after a force-push and `git gc` it may not know what it once had. */
async function present(cwd: string, oids: string[], signal?: AbortSignal): Promise<string[]> {
  if (oids.length === 0) return []
  const input = `${[...new Set(oids)].join('\n')}\n`
  const output = await git(['cat-file', '--batch-check=%(objectname)'], { cwd, input, signal })
  return output.split('\n').filter((line) => /^[0-9a-f]{40}$/.test(line))
}
