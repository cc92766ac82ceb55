import { baseName } from '../view/likeness.ts'
import { folderOf, foldersOf } from './versions.ts'
import type { SideChanges } from './walk.ts'

/** What the moves of files say about the moves of the folders that they were in. */
export class FolderMoves {
  /** Folders out of which files were moved, whose place somebody asked for. */
  readonly from = new Set<string>()
  readonly #removed: SideChanges['removed']
  /** How many files went from a removed folder to another. */
  readonly #counts = new Map<string, Map<string, number>>()
  #guesses = new Map<string, string | null>()

  constructor(removed: SideChanges['removed']) {
    this.#removed = removed
  }

  /**
   * A file was moved. It says the same of the folders around the two as long as their last names are the same
   * (`update_dir_rename_counts`).
   */
  moved(from: string, to: string): void {
    let [before, after] = [folderOf(from), folderOf(to)]
    const need = this.#removed.get(before)
    if (need === undefined) return
    const counts = this.#counts.get(before) ?? new Map<string, number>()
    counts.set(after, (counts.get(after) ?? 0) + 1)
    this.#counts.set(before, counts)
    if (need !== 'nothing') this.from.add(before)
    while (this.#isNeeded(before) && before !== '' && after !== '' && baseName(before) === baseName(after)) {
      before = folderOf(before)
      after = folderOf(after)
      if (this.#removed.get(before) === 'itself') this.from.add(before)
    }
  }

  /** A file may have been moved wherever. */
  movedAnywhere(from: string): void {
    for (const folder of foldersOf(from)) if (this.#isNeeded(folder)) this.from.add(folder)
  }

  /** Takes what is known by now for where each folder went. */
  guess(): void {
    for (const [folder, counts] of this.#counts) {
      const [first, second] = [...counts].sort(([, a], [, b]) => b - a)
      if (first !== undefined) this.#guesses.set(folder, first[1] === second?.[1] ? null : first[0])
    }
  }

  /** Where a file would be if it had moved with its folder; null where there are several such places. */
  guessFor(path: string): string | null | undefined {
    const folder = this.#guesses.get(folderOf(path))
    return folder === undefined || folder === null ? folder : `${folder}/${baseName(path)}`
  }

  #isNeeded(folder: string): boolean {
    return (this.#removed.get(folder) ?? 'nothing') !== 'nothing'
  }
}
