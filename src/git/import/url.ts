import { MissingObjectError } from '../errors.ts'
import { Remote, remoteUrl, type RemoteOptions, type RemoteRefs } from '../remote/index.ts'
import type { UrlSource } from '../store/git-store.ts'
import type { RefEntry } from '../types.ts'
import { throttled } from '../view/steps.ts'
import { EmptyRepositoryError, MissingSourceObjectError, UnsupportedRepositoryError } from './errors.ts'
import { chooseHead, sortRefs } from './folder-refs.ts'
import { Inspector } from './inspector.ts'
import { keepReachable, stagePack } from './stage.ts'
import type { Imported, ImportSink, ImportTarget } from './types.ts'

export type UrlOptions = RemoteOptions

/**
 * Imports all branches and tags of a repository on a server. The pack goes from the network into the target piece by piece.
 * Rejects with the `RemoteError`, `PackError` or `ImportError` that says what stands in the way, and leaves nothing behind.
 */
export async function importUrl(target: ImportTarget, source: UrlSource, call: UrlOptions): Promise<Imported> {
  const options = { ...call, onProgress: throttled(call.onProgress) }
  options.onProgress?.({ phase: 'ask' })
  const remote = await Remote.open({ ...source, url: remoteUrl(source.url) }, options)
  if (remote.objectFormat !== 'sha1') throw new UnsupportedRepositoryError('sha256')
  const inspector = new Inspector()
  const { refs, head } = chooseRefs(await remote.refs(), inspector)
  const wants = new Set(refs.map(({ oid }) => oid))
  let received = 0
  const bytes = counted(remote.pack(wants), (length) => (received += length))
  const onWritten = ({ progress }: ImportSink): void =>
    options.onProgress?.({ phase: 'receive', bytes: received, ...progress })
  const whole = await stagePack(target, bytes, { ...options, onWritten }).catch((error: unknown) => {
    throw explained(error, source)
  })
  const staged = await keepReachable(target, whole, refs, { ...options, inspector })
  return { staged, refs, head, warnings: inspector.warnings() }
}

function chooseRefs(listed: RemoteRefs, inspector: Inspector): { refs: RefEntry[]; head: string | null } {
  const refs = sortRefs(listed.refs)
  for (const name of listed.skipped) inspector.warn('skipped-ref', name)
  const { head } = listed
  if (refs.length > 0) {
    if (head !== null && refs.some(({ name }) => name === head.target)) return { refs, head: head.target }
    if (head !== null) inspector.warn('detached-head', head.oid)
    return { refs, head: chooseHead(refs, head?.oid ?? null) }
  }
  if (head === null) throw new EmptyRepositoryError('The repository has no branches and no tags yet.')
  // Nothing but HEAD: it needs a name to be shared.
  inspector.warn('detached-head', head.oid)
  return { refs: [{ name: 'refs/heads/main', oid: head.oid }], head: 'refs/heads/main' }
}

async function* counted(pieces: AsyncIterable<Uint8Array>, count: (bytes: number) => void) {
  for await (const piece of pieces) {
    count(piece.length)
    yield piece
  }
}

/** A pack that is not closed was sent by a server that lacks history itself, or lies. */
function explained(error: unknown, { url }: UrlSource): unknown {
  if (error instanceof MissingObjectError && error.oid !== undefined)
    return new MissingSourceObjectError(error.oid, `the history at ${url}`)
  return error
}
