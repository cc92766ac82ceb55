import type { MadeObjects } from '../import/made-objects.ts'
import { concat, isSymlinkMode, utf8 } from '../object/index.ts'
import type { Oid } from '../types.ts'
import { isRegular } from '../view/likeness.ts'
import type { Entry, Reader } from '../view/reader.ts'
import { isBinary } from '../view/similarity.ts'
import { MergeTooLargeError } from './errors.ts'
import { MARKER_SIZE, type Labels } from './merged-text.ts'
import { mergeText } from './text.ts'
import type { MergeConflictReason } from './types.ts'
import { bytesOf, OURS, sameType, THEIRS, type MergePath, type Side, type Versions } from './versions.ts'

/** Bytes of a text beyond which nobody waits for its lines to be compared, nor has the memory for it: then it is a conflict. */
export const MAX_TEXT_BYTES = 16 << 20

/** Bytes of all texts that are merged, which are kept in memory until the merge is stored. */
export const MAX_TEXTS_BYTES = 256 << 20

export interface MergedFile {
  /** What goes on; of a conflict what git would leave there. Null for nothing. */
  entry: Entry | null
  clean: boolean
  /** Why it is a conflict. */
  reason: MergeConflictReason
  /** With conflict markers, where lines were merged. */
  text: Uint8Array | null
}

export interface FileMergerOptions {
  reader: Reader
  /** Takes merged files. */
  made: MadeObjects
  labels: { ours: string; theirs: string }
  /** 0 for the merge that was asked for, 1 for those of its bases, 2 for those of theirs. */
  depth: number
}

/** Merges the contents and modes of a file that is on both sides (merge-ort.c, `handle_content_merge`). */
export class FileMerger {
  /** Paths of files that git might merge otherwise. */
  readonly doubtful = new Set<string>()
  readonly #reader: Reader
  readonly #made: MadeObjects
  readonly #labels: FileMergerOptions['labels']
  readonly #depth: number
  #bytes = 0

  constructor({ reader, made, labels, depth }: FileMergerOptions) {
    this.#reader = reader
    this.#made = made
    this.#labels = labels
    this.#depth = depth
  }

  /** Of `files` both sides are there, and of one type: files, links or submodules. */
  async merge(files: Versions<Entry | null>, origins: Versions<string>, moreMarkers = 0): Promise<MergedFile> {
    const [base, ours, theirs] = files as [Entry | null, Entry, Entry]
    const [mode, modesMerge] = mergeModes(base?.mode, ours.mode, theirs.mode)
    const result = (
      oid: Oid,
      clean: boolean,
      reason: MergeConflictReason = 'mode',
      text: Uint8Array | null = null,
    ) => ({
      entry: { mode, oid },
      clean: clean && modesMerge,
      reason: clean ? 'mode' : reason,
      text,
    })
    if (ours.oid === theirs.oid || ours.oid === base?.oid) return result(theirs.oid, true)
    if (theirs.oid === base?.oid) return result(ours.oid, true)
    // Of another type, the base says nothing about the contents.
    const from = base !== null && sameType(base.mode, ours.mode) ? base : null
    if (!isRegular(ours.mode)) {
      const reason = isSymlinkMode(ours.mode) ? 'symlink' : 'submodule'
      return { entry: this.#depth > 0 ? base : ours, clean: false, reason, text: null }
    }
    const texts = await this.#texts(from, ours, theirs)
    if (texts === null) {
      if (this.#depth === 0) return result(ours.oid, false, 'binary')
      // A base of bases stays as it was, as in git.
      return result(from?.oid ?? (await this.#made.add('blob', new Uint8Array(0))), true)
    }
    const size = MARKER_SIZE + 2 * this.#depth + moreMarkers
    const { bytes, clean, sure } = mergeText(...texts, { ...this.#labelsFor(origins), size })
    if (!sure) for (const path of origins) this.doubtful.add(path)
    return result(await this.#made.add('blob', bytes), clean, 'content', bytes)
  }

  /** Where a renamed file meets another one of its new name: its own merge comes first, and goes into the next. */
  async beforeCollision(from: MergePath, to: MergePath, side: Side): Promise<Entry | null> {
    const files: Versions<Entry | null> = [...from.files]
    files[side] = to.files[side]
    const origins: Versions<string> = [from.path, from.path, from.path]
    origins[side] = to.path
    return (await this.merge(files, origins, 1 + 2 * this.#depth)).entry
  }

  async #texts(...entries: Versions<Entry | null>): Promise<Versions<Uint8Array> | null> {
    const texts: Uint8Array[] = []
    for (const entry of entries) {
      if (entry !== null && ((await this.#reader.objects.info(entry.oid))?.size ?? 0) > MAX_TEXT_BYTES) return null
      const bytes = entry === null ? new Uint8Array(0) : await this.#reader.bytes(entry.oid, 'blob')
      if (isBinary(bytes)) return null
      this.#bytes += bytes.length
      if (this.#bytes > MAX_TEXTS_BYTES)
        throw new MergeTooLargeError('bytes of text differ on both sides', MAX_TEXTS_BYTES)
      texts.push(bytes)
    }
    return texts as Versions<Uint8Array>
  }

  #labelsFor(origins: Versions<string>): Pick<Labels, 'ours' | 'theirs'> {
    const named = origins[OURS] !== origins[THEIRS]
    const label = (name: string, path: string) => (named ? concat([utf8(`${name}:`), bytesOf(path)]) : utf8(name))
    return { ours: label(this.#labels.ours, origins[OURS]), theirs: label(this.#labels.theirs, origins[THEIRS]) }
  }
}

/** The mode that one side changed; not merged, ours, where both changed it. */
function mergeModes(base: number | undefined, ours: number, theirs: number): [mode: number, clean: boolean] {
  if (ours === theirs || ours === base) return [theirs, true]
  return [ours, theirs === base]
}
