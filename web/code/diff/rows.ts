import type { DiffFile } from '../../../src/git/index.ts'
import { type NumberedLine, numberLines } from './number-lines.ts'

export type DiffRow = { kind: '@'; text: string } | NumberedLine

/** Rows that are put on the page in one go. */
const BATCH_ROWS = 100

/** All rows of a file's diff, hunk headers among them, in batches. */
export function batchesOf(file: DiffFile): DiffRow[][] {
  const rows = file.hunks.flatMap((hunk): DiffRow[] => [
    { kind: '@', text: `@@ −${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@` },
    ...numberLines(hunk),
  ])
  return Array.from({ length: Math.ceil(rows.length / BATCH_ROWS) }, (_, index) =>
    rows.slice(index * BATCH_ROWS, (index + 1) * BATCH_ROWS),
  )
}

/** What happened to a file, where it is more than that lines of it changed. */
export function wordsOf(file: DiffFile): string {
  const mode =
    file.oldMode !== null && file.newMode !== null && file.oldMode !== file.newMode
      ? modeWords(file.oldMode, file.newMode)
      : ''
  switch (file.status) {
    case 'added':
      return 'added'
    case 'deleted':
      return 'deleted'
    case 'renamed':
      return [`was ${file.oldPath}`, mode].filter((part) => part !== '').join(', ')
    case 'mode':
    case 'modified':
      return mode
  }
}

function modeWords(before: number, after: number): string {
  if (before === 0o100644 && after === 0o100755) return 'now executable'
  if (before === 0o100755 && after === 0o100644) return 'no longer executable'
  return `mode ${before.toString(8)} → ${after.toString(8)}`
}
