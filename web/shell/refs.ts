import type { RefEntry } from '../../src/git/index.ts'

export interface NamedRef {
  /** What is shown, and what the address carries. */
  label: string
  ref: string
}

const HEADS = 'refs/heads/'
const TAGS = 'refs/tags/'

/** Branches and tags as a person picks them: the default branch first, tags newest name first. */
export function listRefs(refs: RefEntry[], head: string | null): { branches: NamedRef[]; tags: NamedRef[] } {
  const names = refs.map(({ name }) => name)
  const branches = names.filter((name) => name.startsWith(HEADS)).map((name) => name.slice(HEADS.length))
  const tags = names.filter((name) => name.startsWith(TAGS)).map((name) => name.slice(TAGS.length))
  const first = shortRef(head ?? '')
  const both = new Set(tags.filter((tag) => branches.includes(tag)))
  branches.sort((a, b) => Number(b === first) - Number(a === first) || compare(a, b))
  tags.sort((a, b) => compare(b, a))
  return {
    // A short name that both have would be the tag's; the page means what the list says.
    branches: branches.map((label) => ({ label, ref: both.has(label) ? HEADS + label : label })),
    tags: tags.map((label) => ({ label, ref: both.has(label) ? TAGS + label : label })),
  }
}

/** `main` of `refs/heads/main`; a commit's id is cut to what people read out. */
export function shortRef(ref: string): string {
  if (/^[0-9a-f]{40}$/.test(ref)) return ref.slice(0, 8)
  for (const prefix of [HEADS, TAGS]) if (ref.startsWith(prefix)) return ref.slice(prefix.length)
  return ref
}

/** `v1.10` comes after `v1.9`. */
function compare(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}
