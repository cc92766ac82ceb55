import { MissingObjectError } from '../errors.ts'
import { OID_BYTES } from '../object/index.ts'
import { ObjectTooLargeError, writePack, type EntrySource, type PackIndex } from '../pack/index.ts'
import type { CallOptions, RefEntry } from '../types.ts'
import { MissingSourceObjectError } from './errors.ts'
import { reach, tooLarge, type Reachable } from './reachable.ts'
import type { Inspector } from './inspector.ts'
import type { ImportSink, ImportTarget, StagedPack } from './types.ts'

export interface StageOptions extends CallOptions {
  thin?: boolean
  /** Called after each piece that was written. */
  onWritten?: (sink: ImportSink) => void
}

/** Writes bytes of a whole pack into a new sink and finishes it; what fails leaves nothing behind. */
export async function stagePack(
  target: ImportTarget,
  bytes: AsyncIterable<Uint8Array>,
  options: StageOptions,
): Promise<StagedPack> {
  const sink = await target.openSink({ thin: options.thin })
  try {
    for await (const piece of bytes) {
      options.signal?.throwIfAborted()
      await sink.write(piece)
      options.onWritten?.(sink)
    }
    return await sink.finish(options)
  } catch (error) {
    await sink.discard()
    throw error
  }
}

/** Stages the reachable objects of `source` as one new pack of copied entries; of `only`'s objects, if it is given. */
export async function stageReachable(
  target: ImportTarget,
  source: EntrySource,
  reachable: Reachable,
  refs: RefEntry[],
  options: CallOptions,
  only?: PackIndex,
): Promise<StagedPack> {
  const wanted = only === undefined ? null : members(only, reachable)
  const objects = new Uint8Array(reachable.order.length * OID_BYTES)
  let length = 0
  for (const number of reachable.order) {
    if (wanted !== null && wanted[number] === 0) continue
    objects.set(reachable.table.oid(number), length)
    length += OID_BYTES
  }
  const output = await writePack({ ...options, objects: objects.subarray(0, length), source })
  try {
    return await stagePack(target, output.bytes, options)
  } catch (error) {
    throw await explained(error, source, refs)
  }
}

/** The staged pack where `refs` reach all of it; else one of what they reach in its place. What fails leaves nothing behind. */
export async function keepReachable(
  target: ImportTarget,
  whole: StagedPack,
  refs: RefEntry[],
  options: CallOptions & { inspector: Inspector },
): Promise<StagedPack> {
  const { inspector, ...call } = options
  let staged = whole
  try {
    const reachable = await reach(staged.objects, refs, options)
    const unreachable = countUnreachable(staged.index, reachable)
    if (unreachable === 0) return staged
    inspector.warn('unreachable-left-out', String(unreachable))
    staged = await stageReachable(target, whole.objects, reachable, refs, call, whole.index)
    await whole.discard()
    return staged
  } catch (error) {
    await staged.discard()
    throw error
  }
}

/** 1 at the numbers of the reachable objects that the index has. */
function members(index: PackIndex, { table }: Reachable): Uint8Array {
  const flags = new Uint8Array(table.count)
  for (let i = 0; i < index.count; i++) {
    const number = table.find(index.oids, i * OID_BYTES)
    if (number >= 0) flags[number] = 1
  }
  return flags
}

/** How many of the index's objects are not reachable. */
function countUnreachable(index: PackIndex, { table }: Reachable): number {
  let count = 0
  for (let i = 0; i < index.count; i++) if (table.find(index.oids, i * OID_BYTES) < 0) count++
  return count
}

/** The same failure in terms of the source: with the path of what is too large. */
async function explained(error: unknown, source: EntrySource, refs: RefEntry[]): Promise<unknown> {
  if (error instanceof ObjectTooLargeError && error.oid !== undefined)
    return await tooLarge(source, refs, error.oid, error.size)
  if (error instanceof MissingObjectError && error.oid !== undefined)
    return new MissingSourceObjectError(error.oid, 'the history')
  return error
}
