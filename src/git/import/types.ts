import type { EntrySource, ObjectSource, PackIndex } from '../pack/types.ts'
import type { ImportWarning, StagingId } from '../store/git-store.ts'
import type { CallOptions, RefEntry } from '../types.ts'

/**
 * What the store gives an importer. An importer opens a sink, writes one whole pack into it and finishes it; it looks at
 * the staged objects and, should they hold more than branches and tags reach, opens a second sink, writes the rest into
 * that and discards the first. The last staged pack is its result.
 */
export interface ImportTarget {
  /** `thin`: the pack may leave out bases that are in `objects` (a bundle with prerequisites does). */
  openSink(options?: { thin?: boolean }): Promise<ImportSink>
  /** What the repository has already; null where it is new. */
  objects: ObjectSource | null
}

export interface ImportSink {
  /** Objects found so far, and how many the pack says that it has. */
  readonly progress: { objects: number; totalObjects: number }
  /** The next bytes of one pack, any length; await it, that is the back-pressure. They may be written into again then. */
  write(bytes: Uint8Array): Promise<void>
  /** No more bytes: checks the trailer, every object id and the closure. Rejects, and discards, if one fails. */
  finish(options?: CallOptions): Promise<StagedPack>
  /** Drops what was written; harmless after `finish` rejected. */
  discard(): Promise<void>
}

/** A pack that is indexed and checked but not yet admitted. */
export interface StagedPack {
  staging: StagingId
  /** Its objects, over those that the repository has already. */
  objects: EntrySource
  /** Index of this pack alone. */
  index: PackIndex
  /** Bytes of the pack. */
  bytes: number
  discard(): Promise<void>
}

/** Opens a folder by its path on disk: `src/git/import/node.ts` has one, browsers have none. */
export type OpenPath = (path: string) => FolderReader & { close(): Promise<void> }

/** What an importer found: refs are sorted bytewise and hold branches and tags only. */
export interface Imported {
  staged: StagedPack
  refs: RefEntry[]
  head: string | null
  warnings: ImportWarning[]
}

/**
 * A folder as an importer reads it, whatever gave it. Paths are relative with `/`; there is no way to write. `list` and
 * `size` of what is not there answer null: anything else that fails rejects.
 */
export interface FolderReader {
  /** Names in the folder `path` ('' is the top), folders marked. */
  list(path: string): Promise<Array<{ name: string; directory: boolean }> | null>
  /** Bytes of the file, null where there is none. */
  size(path: string): Promise<number | null>
  /** `length` bytes from `offset`, less only at the end of the file. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>
}
