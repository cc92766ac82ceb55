import type { DiffHunk } from '../../../src/git/index.ts'

export interface NumberedLine {
  kind: ' ' | '-' | '+' | '\\'
  text: string
  /** Line number on the old side, null where the line is not there. */
  old: number | null
  new: number | null
}

/** Gives each line of a hunk its number on both sides. */
export function numberLines(hunk: DiffHunk): NumberedLine[] {
  let [before, after] = [hunk.oldStart, hunk.newStart]
  return hunk.lines.map(({ kind, text }) => ({
    kind,
    text: kind === '\\' ? 'No newline at the end of the file' : text,
    old: kind === ' ' || kind === '-' ? before++ : null,
    new: kind === ' ' || kind === '+' ? after++ : null,
  }))
}
