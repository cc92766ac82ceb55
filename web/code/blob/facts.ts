import type { BlobView } from '../../../src/git/index.ts'
import { formatBytes, formatCount } from '../../ui/format.ts'
import { lineStarts } from '../highlight/lines.ts'

/** What stands above a file: "21 lines · 583 B · executable". `text` is null where it is none. */
export function factsOf(file: BlobView, text: string | null): string {
  const facts: string[] = []
  if (text !== null && !file.truncated) facts.push(formatCount(lineStarts(text).length - 1, 'line'))
  if (file.kind !== 'submodule') facts.push(formatBytes(file.size))
  if (file.kind === 'executable') facts.push('executable')
  if (file.kind === 'symlink') facts.push('symbolic link')
  if (file.kind === 'submodule') facts.push('submodule')
  return facts.join(' · ')
}
