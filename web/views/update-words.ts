import type { UpdateOutcome } from '../../src/sync/index.ts'
import { shortRef } from '../shell/refs.ts'
import { formatNames } from '../ui/format.ts'

/** Names that are written out; the rest is counted. */
const NAMED = 3

/** What an update brought, and what it left as it was: one sentence each. */
export function describeUpdate({ moved, left }: UpdateOutcome): string[] {
  if (moved.length === 0 && left.length === 0) return ['It had nothing that is not here already.']
  const words = [moved.length === 0 ? 'Nothing was updated.' : `Updated: ${listOf(moved)}.`]
  const [branches, tags] = [left.filter((ref) => !isTag(ref)), left.filter(isTag)]
  if (branches.length > 0) {
    words.push(`Left as they were, because both sides have commits of their own there: ${listOf(branches)}.`)
  }
  if (tags.length > 0) words.push(`Left as they were, because a tag keeps what it names: ${listOf(tags)}.`)
  return words
}

function isTag(ref: string): boolean {
  return ref.startsWith('refs/tags/')
}

function listOf(refs: string[]): string {
  const names = refs.slice(0, NAMED).map(shortRef)
  const more = refs.length - names.length
  return formatNames(more > 0 ? [...names, `${more.toLocaleString('en')} more`] : names)
}
