import { MissingObjectError } from '../errors.ts'
import { isSharedRefName } from '../object/index.ts'
import {
  BundleError,
  BundlePrerequisiteError,
  EmptyBundleError,
  guessHead,
  indexPackBytes,
  MAX_BUNDLE_HEADER_BYTES,
  MAX_DELTA_CHAIN,
  NotABundleError,
  ObjectTooLargeError,
  PackError,
  PackObjects,
  parseBundleHeader,
  type BundleHeader,
} from '../pack/index.ts'
import type { CallOptions, Oid, RefEntry } from '../types.ts'
import { BUNDLE_COMMAND, ImportError, MissingSourceObjectError } from './errors.ts'
import { FilesReader } from './folder-readers.ts'
import { chooseHead, sortRefs } from './folder-refs.ts'
import { throttled } from '../view/steps.ts'
import { Inspector } from './inspector.ts'
import { tooLarge } from './reachable.ts'
import { keepReachable, stagePack } from './stage.ts'
import type { Imported, ImportTarget } from './types.ts'
import { WindowedFile } from './windowed-file.ts'

const FIRST_BYTES = 64 << 10
const PIECE_BYTES = 1 << 20
/** An object up to this size is read, once it has been refused, to find out its path. */
const MAX_NAMED_BYTES = 1 << 30

/**
 * Imports a git bundle (gitformat-bundle(5)). Its pack is kept as it is if branches and tags reach all of it, else what
 * they reach is written anew. Rejects with a `BundleError`, `PackError` or `ImportError` that says what is wrong.
 */
export async function importBundle(target: ImportTarget, source: Blob, call: CallOptions = {}): Promise<Imported> {
  const options = { ...call, onProgress: throttled(call.onProgress) }
  const header = await readHeader(source)
  await checkPrerequisites(target, header)
  const inspector = new Inspector()
  const { refs, head } = chooseRefs(header, inspector)
  const bytes = packBytes(source, header.packAt, options)
  const whole = await stagePack(target, bytes, { ...options, thin: header.prerequisites.length > 0 }).catch(
    async (error: unknown) => {
      throw await explained(error, source, header, refs)
    },
  )
  const staged = await keepReachable(target, whole, refs, { ...options, inspector })
  return { staged, refs, head, warnings: inspector.warnings() }
}

async function readHeader(source: Blob): Promise<BundleHeader> {
  if (source.size === 0) throw new NotABundleError(`This file is empty. Make a bundle: ${BUNDLE_COMMAND}`)
  for (let length = FIRST_BYTES; ; length *= 4) {
    const bytes = new Uint8Array(await source.slice(0, length).arrayBuffer())
    const header = parseBundleHeader(bytes)
    if (header !== null) return header
    if (length >= source.size || length > MAX_BUNDLE_HEADER_BYTES) throw new BundleError()
  }
}

async function checkPrerequisites({ objects }: ImportTarget, { prerequisites }: BundleHeader): Promise<void> {
  const missing: Oid[] = []
  for (const { oid } of prerequisites) if (objects === null || !(await objects.has(oid))) missing.push(oid)
  if (missing.length > 0) throw new BundlePrerequisiteError(missing)
}

function chooseRefs(header: BundleHeader, inspector: Inspector): { refs: RefEntry[]; head: string | null } {
  const refs = sortRefs(header.refs.filter(({ name }) => isSharedRefName(name)))
  for (const { name } of header.refs) if (!isSharedRefName(name)) inspector.warn('skipped-ref', JSON.stringify(name))
  if (refs.length > 0) {
    const head = guessHead({ refs, head: header.head })
    if (head === null && header.head !== null) inspector.warn('detached-head', header.head)
    return { refs, head: head ?? chooseHead(refs, header.head) }
  }
  if (header.head === null) throw new EmptyBundleError()
  // Made of HEAD alone, without a branch: it needs a name to be shared.
  inspector.warn('detached-head', header.head)
  return { refs: [{ name: 'refs/heads/main', oid: header.head }], head: 'refs/heads/main' }
}

async function* packBytes(
  source: Blob,
  start: number,
  { signal, onProgress }: CallOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const totalBytes = source.size - start
  for (let at = start; at < source.size; at += PIECE_BYTES) {
    signal?.throwIfAborted()
    yield new Uint8Array(await source.slice(at, at + PIECE_BYTES).arrayBuffer())
    onProgress?.({ phase: 'read', bytes: Math.min(at + PIECE_BYTES, source.size) - start, totalBytes })
  }
}

/** The same failure in terms of the bundle. */
async function explained(error: unknown, source: Blob, header: BundleHeader, refs: RefEntry[]): Promise<unknown> {
  // A pack that is not closed was made where history is missing.
  if (error instanceof MissingObjectError && error.oid !== undefined)
    return new MissingSourceObjectError(error.oid, 'the bundle (made in a shallow or partial clone?)')
  if (error instanceof ObjectTooLargeError && error.oid !== undefined && error.size <= MAX_NAMED_BYTES)
    return (await nameOversized(error.oid, error.size, source.slice(header.packAt), refs)) ?? error
  return error
}

/** Reads the pack again, with a limit that lets the object pass, to find the path that it has. Null where that fails too. */
async function nameOversized(oid: Oid, size: number, pack: Blob, refs: RefEntry[]): Promise<Error | null> {
  const bytes = new WindowedFile(new FilesReader([{ path: 'pack', file: pack }]), 'pack', pack.size)
  const limits = { maxObjectBytes: MAX_NAMED_BYTES, maxDeltaChain: MAX_DELTA_CHAIN }
  try {
    const { index } = await indexPackBytes(bytes, {
      limits: { ...limits, maxInflatedBytes: Infinity, cacheBytes: 32 << 20 },
      closure: false,
    })
    return await tooLarge(new PackObjects({ key: 'pack', bytes, index, ...limits }), refs, oid, size)
  } catch (error) {
    // The first failure is what counts; the pack may have more that is wrong with it.
    if (error instanceof PackError || error instanceof ImportError) return null
    throw error
  }
}
