import { changes } from './myers.ts'
import { indentation, lineText, splitLines, type Lines } from './lines.ts'
import type { DiffHunk } from './types.ts'

export interface LineDiff {
  hunks: DiffHunk[]
  additions: number
  deletions: number
}

/** Lines `[oldStart, oldEnd)` become `[newStart, newEnd)`, counted from 0. */
interface Block {
  oldStart: number
  oldEnd: number
  newStart: number
  newEnd: number
}

/** Lines that a block may be moved in search of its best place. */
const MAX_SLIDE = 64

/** The unified diff of two texts with `context` lines around each change. */
export function lineDiff(before: Uint8Array, after: Uint8Array, context = 3): LineDiff {
  const ids = new Map<string, number>()
  const a = splitLines(before, ids)
  const b = splitLines(after, ids)
  const blocks = findBlocks(a, b)
  let additions = 0
  let deletions = 0
  for (const block of blocks) {
    additions += block.newEnd - block.newStart
    deletions += block.oldEnd - block.oldStart
  }
  return { hunks: group(blocks, context).map((blocks) => hunk(a, b, blocks, context)), additions, deletions }
}

function findBlocks(a: Lines, b: Lines): Block[] {
  const { removed, added } = changes(a.ids, b.ids)
  const blocks: Block[] = []
  for (let i = 0, j = 0; i < removed.length || j < added.length;) {
    const [oldStart, newStart] = [i, j]
    while (removed[i] === 1) i++
    while (added[j] === 1) j++
    if (i > oldStart || j > newStart) blocks.push({ oldStart, oldEnd: i, newStart, newEnd: j })
    else {
      i++
      j++
    }
  }
  blocks.forEach((block, n) => slide(a, b, block, blocks[n - 1], blocks[n + 1]))
  return blocks
}

/**
 * Lines that are only added, or only removed, can often stand a few lines up or down with the same meaning. The place
 * that reads best is where the block and what follows it are least indented; of equals the lowest, as git chooses.
 */
function slide(a: Lines, b: Lines, block: Block, previous: Block | undefined, next: Block | undefined): void {
  const adds = block.oldStart === block.oldEnd
  if (!adds && block.newStart !== block.newEnd) return
  const lines = adds ? b : a
  const start = adds ? block.newStart : block.oldStart
  const end = adds ? block.newEnd : block.oldEnd
  // One line stays between neighbours, so that blocks never melt.
  const first = previous === undefined ? 0 : (adds ? previous.newEnd : previous.oldEnd) + 1
  const last = next === undefined ? lines.ids.length : (adds ? next.newStart : next.oldStart) - 1
  let [up, down] = [0, 0]
  while (up < MAX_SLIDE && start - up > first && lines.ids[start - up - 1] === lines.ids[end - up - 1]) up++
  while (down < MAX_SLIDE && end + down < last && lines.ids[start + down] === lines.ids[end + down]) down++
  let best = 0
  let bestScore = Infinity
  for (let shift = -up; shift <= down; shift++) {
    const follows = end + shift < lines.ids.length ? indentation(lines, end + shift) : 0
    const score = indentation(lines, start + shift) + follows
    if (score <= bestScore) [best, bestScore] = [shift, score]
  }
  block.oldStart += best
  block.oldEnd += best
  block.newStart += best
  block.newEnd += best
}

/** Blocks that are so near that their contexts touch share a hunk. */
function group(blocks: Block[], context: number): Block[][] {
  const groups: Block[][] = []
  let last: Block | undefined
  for (const block of blocks) {
    if (last !== undefined && block.oldStart - last.oldEnd <= 2 * context) groups.at(-1)?.push(block)
    else groups.push([block])
    last = block
  }
  return groups
}

function hunk(a: Lines, b: Lines, blocks: Block[], context: number): DiffHunk {
  const first = blocks[0] as Block
  const lead = Math.min(context, first.oldStart)
  const lines: DiffHunk['lines'] = []
  const push = (kind: ' ' | '-' | '+', of: Lines, from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      lines.push({ kind, text: lineText(of, i) })
      if (i === of.ids.length - 1 && !of.complete) lines.push({ kind: '\\', text: 'No newline at end of file' })
    }
  }
  let at = first.oldStart - lead
  for (const block of blocks) {
    push(' ', a, at, block.oldStart)
    push('-', a, block.oldStart, block.oldEnd)
    push('+', b, block.newStart, block.newEnd)
    at = block.oldEnd
  }
  const end = Math.min(a.ids.length, at + context)
  push(' ', a, at, end)
  const last = blocks.at(-1) as Block
  const oldStart = first.oldStart - lead
  const newStart = first.newStart - lead
  const oldLines = end - oldStart
  const newLines = last.newEnd + (end - at) - newStart
  // In git's words a side without lines begins at the line before it.
  return {
    oldStart: oldLines === 0 ? oldStart : oldStart + 1,
    oldLines,
    newStart: newLines === 0 ? newStart : newStart + 1,
    newLines,
    lines,
  }
}
