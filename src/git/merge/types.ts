import type { Person, Staged } from '../store/git-store.ts'
import type { CallOptions, Oid, RepositoryKey } from '../types.ts'
import type { EntryKind } from '../view/types.ts'

/** Joining two histories. What git would merge by itself is merged the same way, byte for byte; the rest is a conflict. */
export interface GitMerges {
  /** All best common ancestors, newest first, as `git merge-base --all`; none where the histories share nothing. */
  mergeBases(id: RepositoryKey, a: Oid, b: Oid): Promise<Oid[]>
  /**
   * What merging the commit `theirs` into `ours` comes to. Stores nothing. Rejects with `MergeTooLargeError` beyond the
   * limits, and with `MissingObjectError` or `ObjectNotHereError` where some of it is not here.
   */
  merge(id: RepositoryKey, ours: Oid, theirs: Oid, options?: MergeOptions & CallOptions): Promise<MergeView>
  /**
   * Merges again, applies the resolutions and stages a commit with both parents, `ours` first (a real one for a
   * fast-forward too, as `git merge --no-ff`). Rejects with `MergeConflictError`, which names the paths, while a conflict
   * has no resolution; with `MergeResolutionError` for a resolution that fits no conflict or gives no valid tree; with
   * `MergeRequestError` where there is nothing to merge.
   */
  stageMerge(id: RepositoryKey, request: MergeRequest, options?: CallOptions): Promise<Staged & { commit: Oid }>
}

export interface MergeOptions {
  /** What stands behind the conflict markers (default `ours` and `theirs`): a branch, or whose version it is. */
  labels?: { ours: string; theirs: string }
}

export interface MergeView {
  /**
   * `up-to-date`: ours reaches theirs, nothing to do. `fast-forward`: theirs reaches ours, the branch can move to it.
   * `clean`: `stageMerge` needs no resolutions. `conflicts`: it needs one for each.
   */
  kind: 'up-to-date' | 'fast-forward' | 'clean' | 'conflicts'
  /** The newest best common ancestor; null where the histories share nothing (git refuses those unless told otherwise). */
  base: Oid | null
  /** Sorted by path; paths are unique. */
  conflicts: MergeConflict[]
  /** Files of ours that the merge adds, changes or removes, conflicts left out; 50,000 stands for that many or more. */
  changed: number
}

/** Something that a person has to decide. */
export interface MergeConflict {
  /**
   * Names the conflict, and is where its resolution goes. Like all paths here it is for people: a name that is not UTF-8 is
   * read as Latin-1, and kept as it is in the merge.
   */
  path: string
  reason: MergeConflictReason
  /** The file in the common ancestor, and on both sides; null where it is not there. */
  base: MergeSide | null
  ours: MergeSide | null
  theirs: MergeSide | null
  /**
   * For text: all that merges, with git's conflict markers around what does not; there are none where git would merge by
   * guessing. Null for everything else, and for what is beyond 64 MiB of such text in all.
   */
  merged: Uint8Array | null
}

export type MergeConflictReason =
  /** Both changed the same or touching lines. */
  | 'content'
  /** Both changed a file that is no text, or is too large to merge as text. */
  | 'binary'
  /** Both added a different file of the same name. */
  | 'both-added'
  /** One changed what the other deleted. */
  | 'modify-delete'
  /** One renamed what the other deleted. */
  | 'rename-delete'
  /** Both renamed it, differently: the sides' paths say how. */
  | 'rename-rename'
  /** One renamed a file to the name that another file has on the other side, renamed or new. */
  | 'rename-add'
  /** One has a file where the other has a folder: `kind` of that side is `tree`. */
  | 'file-folder'
  /** One put a file into a folder that the other moved or took apart. */
  | 'folder-rename'
  /** Both changed the mode, differently; contents merged. */
  | 'mode'
  /** One turned it into something else: a file into a symbolic link, say. */
  | 'type'
  /** Both changed where a symbolic link points. */
  | 'symlink'
  /** Both moved a submodule. */
  | 'submodule'

export interface MergeSide {
  /** Where this side has it: another path than the conflict's where it was renamed. */
  path: string
  oid: Oid
  /** git's mode, e.g. 0o100644. */
  mode: number
  kind: EntryKind
}

export interface MergeRequest {
  /** Full ref name that the commit is for; informative, `transact` moves it. */
  ref: string
  ours: Oid
  theirs: Oid
  /** One for each conflict of `merge`. */
  resolutions: MergeResolution[]
  author: Person
  message: string
}

export interface MergeResolution {
  /** That of the conflict. */
  path: string
  /**
   * The file's whole content; null leaves it out; a side's name takes what that side has (nothing, where it has nothing).
   * Of a file and a folder, taking the folder keeps all that was merged in it, and taking the file drops that.
   */
  content: Uint8Array | null | 'ours' | 'theirs'
  /** 100644, 100755 or 120000. Without it the side's own; for bytes what ours, else theirs has, else 100644. */
  mode?: number
  /** Puts the file there instead, so that of two files of one name both can stay. */
  as?: string
}
