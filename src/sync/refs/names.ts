import { MAX_BRANCH_BYTES } from '../document/limits.ts'
import { utf8Length } from '../document/text.ts'

/** Bytes of a full ref name: `refs/heads/` and 244 more. */
export const MAX_REF_NAME_BYTES = 255

// eslint-disable-next-line no-control-regex -- controls are what git forbids
const FORBIDDEN = /[\u0000-\u0020\u007f~^:?*[\\]/
/** Direction-changing and invisible characters: git allows them, a screen that shows a name must not. */
const INVISIBLE = /[\u0080-\u009f\u200b-\u200f\u061c\u2028-\u202e\u2060-\u2069\ufeff\ufffd]/

/**
 * What is wrong with a ref's full name, or null: a branch or a tag (nothing else is shared), by git's rules
 * (git-check-ref-format(1)), and without characters that would show another name than there is.
 */
export function refNameProblem(name: string): string | null {
  const [root, kind, ...rest] = name.split('/')
  if (root !== 'refs' || (kind !== 'heads' && kind !== 'tags') || rest.length === 0) return 'is no branch and no tag'
  if (utf8Length(name) > MAX_REF_NAME_BYTES) return `is longer than ${MAX_REF_NAME_BYTES} bytes`
  if (FORBIDDEN.test(name) || INVISIBLE.test(name)) return 'has characters that a ref may not have'
  if (name.includes('..') || name.includes('@{') || name.endsWith('.')) return 'breaks the rules for the names of refs'
  if (rest.some((part) => part === '' || part.startsWith('.') || part.endsWith('.lock'))) {
    return 'breaks the rules for the names of refs'
  }
  // `git branch` refuses these two, because commands would take them for something else.
  if (kind === 'heads' && (rest[0]?.startsWith('-') === true || (rest.length === 1 && rest[0] === 'HEAD'))) {
    return 'breaks the rules for the names of refs'
  }
  return null
}

/** The same for a branch's short name. */
export function branchProblem(name: string): string | null {
  if (utf8Length(name) > MAX_BRANCH_BYTES) return `is longer than ${MAX_BRANCH_BYTES} bytes`
  return refNameProblem(`refs/heads/${name}`)
}
