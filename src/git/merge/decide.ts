import { insist, type TwoNames } from './apply-renames.ts'
import type { FileMerger, MergedFile } from './merge-file.ts'
import type { Entry } from '../view/reader.ts'
import { Steps } from '../view/steps.ts'
import type { MergeConflictReason } from './types.ts'
import {
  BASE,
  foldersOf,
  OURS,
  sameEntry,
  sameType,
  THEIRS,
  type MergePath,
  type Side,
  type Versions,
} from './versions.ts'

/** What the merge of two trees comes to. */
export interface Decided {
  /** Files, and folders that need not be opened, by their path. A path in conflict is not among them. */
  results: Map<string, Entry>
  conflicts: Conflict[]
}

/** Something to decide, with paths of bytes. */
export interface Conflict {
  path: string
  reason: MergeConflictReason
  sides: Versions<Placed | null>
  /** Where each side's version would go. */
  places: Versions<string>
  merged: Uint8Array | null
  /** The merged tree has something there, which the choice replaces. */
  replaces?: boolean
}

/** A version of a file, and where it stands in that version. */
export interface Placed {
  path: string
  entry: Entry
}

/** Names that files in the way get in a base that is merged in memory. */
export interface Virtual {
  labels: { ours: string; theirs: string }
}

/**
 * Decides each path (merge-ort.c, `process_entry`). For a base of bases (`virtual`) there are no conflicts: it takes what git
 * would leave in its place, markers included.
 */
export async function decide(
  paths: ReadonlyMap<string, MergePath>,
  twoNames: TwoNames[],
  merger: FileMerger,
  virtual: Virtual | null,
  signal?: AbortSignal,
): Promise<Decided> {
  const steps = new Steps({ signal })
  const decision = new Decision(merger, virtual)
  for (const names of twoNames) await decision.twoNames(names)
  const besideFolders: MergePath[] = []
  for (const at of paths.values()) {
    if (steps.due) await steps.next()
    if (at.result === undefined && at.folders.some((folder) => folder !== null)) besideFolders.push(at)
    else await decision.path(at)
  }
  // Whether a folder stands in a file's way is known when all that is in it is decided.
  besideFolders.sort((a, b) => b.path.split('/').length - a.path.split('/').length)
  for (const at of besideFolders) await decision.besideFolder(at)
  decision.conflicts.sort((a, b) => (a.path < b.path ? -1 : 1))
  return decision
}

class Decision implements Decided {
  readonly results = new Map<string, Entry>()
  readonly conflicts: Conflict[] = []
  readonly #merger: FileMerger
  readonly #virtual: Virtual | null
  /** Folders with something in them. */
  readonly #occupied = new Set<string>()

  constructor(merger: FileMerger, virtual: Virtual | null) {
    this.#merger = merger
    this.#virtual = virtual
  }

  async twoNames({ base, ours, theirs }: TwoNames): Promise<void> {
    const files: Versions<Entry | null> = [base.files[BASE], ours.files[OURS], theirs.files[THEIRS]]
    const [, mine, other] = files
    const origins: Versions<string> = [base.path, ours.path, theirs.path]
    // A file and a link, say, are not merged; each is kept under its name.
    const merged = sameType(mine?.mode ?? 0, other?.mode ?? 0) ? await this.#merger.merge(files, origins, 1) : null
    base.result = null
    if (this.#virtual !== null) {
      if (merged === null) return
      ours.files[OURS] = merged.entry
      theirs.files[THEIRS] = merged.entry
    } else if ([ours, theirs].every((at) => isAlone(at))) {
      ours.result = theirs.result = null
      this.#conflict(ours.path, 'rename-rename', files, origins, merged?.text ?? null, origins)
    } else {
      // There are more files of these names, so each name is decided for itself.
      insist(ours, 'rename-rename')
      insist(theirs, 'rename-rename')
    }
  }

  async path(at: MergePath): Promise<void> {
    if (at.result !== undefined) {
      if (at.result !== null) this.#put(at.path, at.result)
      return
    }
    const { files, origins, path } = at
    const { entry, clean, reason, text } = await this.#file(at)
    if ((clean && !at.insisted) || this.#virtual !== null) {
      if (entry !== null) this.#put(path, entry)
    } else this.#conflict(path, at.reason ?? reason, at.shown ?? files, origins, text)
  }

  /** A file where another version has a folder, or just a folder. */
  async besideFolder(at: MergePath): Promise<void> {
    const { path, files, folders, origins } = at
    if (!this.#occupied.has(path)) {
      await this.path(at)
      return
    }
    if (files[OURS] === null && files[THEIRS] === null) return
    const { entry, clean, text } = await this.#file(at)
    if (entry === null && clean) return
    if (this.#virtual === null) {
      const shown: Versions<Entry | null> = [...files]
      for (const version of [BASE, OURS, THEIRS] as const) shown[version] ??= folders[version]
      this.#conflict(path, 'file-folder', shown, origins, text)
    } else if (entry !== null) this.#put(this.#freeName(path, folders[OURS] === null ? OURS : THEIRS), entry)
  }

  async #file({ files, origins, renamed, insisted }: MergePath): Promise<MergedFile> {
    const [base, ours, theirs] = files
    const result = (entry: Entry | null, clean: boolean, reason: MergeConflictReason = 'modify-delete') => ({
      entry,
      clean,
      reason,
      text: null,
    })
    if (!renamed) {
      if (sameEntry(ours, theirs) || sameEntry(ours, base)) return result(theirs, true)
      if (sameEntry(theirs, base)) return result(ours, true)
    }
    const given = (conflict: Entry | null) => (this.#virtual === null ? conflict : base)
    if (ours !== null && theirs !== null) {
      if (!sameType(ours.mode, theirs.mode)) return result(given(ours), false, 'type')
      const merged = await this.#merger.merge(files, origins)
      return base === null && merged.reason === 'content' ? { ...merged, reason: 'both-added' } : merged
    }
    const only = ours ?? theirs
    if (base === null || only === null) return result(only, !insisted)
    return result(given(only), false)
  }

  #conflict(
    path: string,
    reason: MergeConflictReason,
    files: Versions<Entry | null>,
    origins: Versions<string>,
    merged: Uint8Array | null,
    places: Versions<string> = [path, path, path],
  ): void {
    const placed = (version: typeof BASE | Side) => {
      const entry = files[version]
      return entry === null ? null : { path: origins[version], entry }
    }
    const sides: Versions<Placed | null> = [placed(BASE), placed(OURS), placed(THEIRS)]
    this.conflicts.push({ path, reason, sides, places, merged })
    this.#occupy(path)
  }

  #put(path: string, entry: Entry): void {
    this.results.set(path, entry)
    this.#occupy(path)
  }

  #occupy(path: string): void {
    for (const folder of foldersOf(path)) {
      if (this.#occupied.has(folder)) return
      this.#occupied.add(folder)
    }
  }

  /** As git moves a file out of a folder's way. */
  #freeName(path: string, side: Side): string {
    const label = this.#virtual?.labels[side === OURS ? 'ours' : 'theirs'] ?? ''
    const wanted = `${path}~${label.replaceAll('/', '_')}`
    for (let n = 0; ; n++) {
      const name = n === 0 ? wanted : `${wanted}_${n - 1}`
      if (!this.results.has(name) && !this.#occupied.has(name)) return name
    }
  }
}

/** Only the side that renamed a file to this name has something there. */
function isAlone({ files, folders }: MergePath): boolean {
  return files.filter((file) => file !== null).length === 1 && folders.every((folder) => folder === null)
}
