/**
 * git's rules for ref names (git-check-ref-format, without options): why git refuses the name, in words that follow "a ref
 * name", or null where it is fine.
 */
export function checkRefName(name: string): string | null {
  if (name === '' || name === '@') return 'cannot be empty or @'
  if (!name.includes('/')) return 'needs a slash, as in refs/heads/main'
  if (name.startsWith('/') || name.endsWith('/') || name.includes('//')) return 'cannot have an empty part'
  if (name.includes('..')) return 'cannot contain two dots'
  if (name.endsWith('.')) return 'cannot end with a dot'
  if (name.includes('@{')) return 'cannot contain @{'
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0020\u007f~^:?*[\\]/.test(name))
    return 'cannot contain spaces, control characters or any of ~ ^ : ? * [ \\'
  for (const part of name.split('/')) {
    if (part.startsWith('.')) return 'cannot have a part that begins with a dot'
    if (part.endsWith('.lock')) return 'cannot have a part that ends with .lock'
  }
  return null
}

/** `true` where git would take the name. */
export function isRefName(name: string): boolean {
  return checkRefName(name) === null
}

/** A name of the shared refs: a branch or a tag that git would take and that reads as it is written. */
export function isSharedRefName(name: string): boolean {
  return /^refs\/(heads|tags)\/./.test(name) && isRefName(name) && !MISLEADING.test(name) && !LONE_SURROGATE.test(name)
}

/** Controls, separators and bidirectional marks (UAX #9), which git takes and people cannot see. */
const MISLEADING = /[\u0080-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/
/** Such a string has no UTF-8, so no file or wire holds it. */
const LONE_SURROGATE = /\p{Surrogate}/u
