import type { MergeConflict, MergeConflictReason, MergeResolution } from '../../../src/git/index.ts'

/** What a person chose for one conflict; null while nothing is chosen. */
export type Choice = { kind: 'ours' } | { kind: 'theirs' } | { kind: 'text'; text: string } | null

const REASONS: Record<MergeConflictReason, string> = {
  content: 'Both changed the same lines.',
  binary: 'Both changed it, and it is not text that could be merged.',
  'both-added': 'Both added a file of this name, each another one.',
  'modify-delete': 'One changed it, the other deleted it.',
  'rename-delete': 'One moved it, the other deleted it.',
  'rename-rename': 'Both moved it, each to another place.',
  'rename-add': 'One moved a file here, where the other added one.',
  'file-folder': 'It is a file in one and a folder in the other.',
  'folder-rename': 'One added it to a folder that the other moved.',
  mode: 'Both changed its permissions, each differently.',
  type: 'One turned it into something else, a link for instance.',
  symlink: 'Both changed where this link points.',
  submodule: 'Both moved this submodule, each to another commit.',
}

export function describeReason({ reason }: MergeConflict): string {
  return REASONS[reason]
}

/** Can somebody write the merged file by hand? */
export function isText({ merged }: MergeConflict): boolean {
  return merged !== null && decodes(merged)
}

/** Bytes that are no UTF-8 would come out of the editor as others. */
function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return true
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

export function textOfConflict({ merged }: MergeConflict): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(merged ?? new Uint8Array(0))
}

/**
 * git's conflict markers stand at the beginning of lines: whoever leaves one in has not decided yet. A line of seven equals
 * signs alone may be a heading's.
 */
export function hasMarkers(text: string): boolean {
  return /^(<{7}|>{7}|\|{7})( |\r?$)/m.test(text)
}

export function isDecided(choice: Choice): boolean {
  if (choice === null) return false
  return choice.kind !== 'text' || !hasMarkers(choice.text)
}

/** Null while something is undecided. */
export function resolutionsOf(
  conflicts: MergeConflict[],
  choices: ReadonlyMap<string, Choice>,
): MergeResolution[] | null {
  const resolutions: MergeResolution[] = []
  for (const { path } of conflicts) {
    const choice = choices.get(path) ?? null
    if (choice === null || !isDecided(choice)) return null
    resolutions.push({ path, content: choice.kind === 'text' ? new TextEncoder().encode(choice.text) : choice.kind })
  }
  return resolutions
}
