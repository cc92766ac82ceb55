import { isOid, isSharedRefName } from '../object/index.ts'
import type { ImportWarning } from '../store/git-store.ts'
import type { Oid, RefEntry } from '../types.ts'
import { BrokenRefError } from './errors.ts'
import { readText } from './git-folder.ts'
import type { FolderReader } from './types.ts'

/** git follows no more symbolic refs than this (refs.c, SYMREF_MAXDEPTH). */
const MAX_SYMBOLIC = 5
const MAX_DEPTH = 64

export interface FolderRefs {
  refs: RefEntry[]
  /** Symbolic target of HEAD; null where it is detached. */
  head: string | null
  /** Where a detached HEAD stands. */
  detached: Oid | null
  warnings: ImportWarning[]
}

/** Branches and tags of a git directory: loose ones win over packed ones. No other ref is looked at. */
export async function readRefs(git: FolderReader): Promise<FolderRefs> {
  const values = new Map<string, string>()
  const warnings: ImportWarning[] = []
  for (const line of ((await readText(git, 'packed-refs')) ?? '').split('\n')) {
    const match = /^([0-9a-f]{40}) (refs\/(?:heads|tags)\/.+?)\r?$/.exec(line)
    if (match?.[1] !== undefined && match[2] !== undefined) values.set(match[2], match[1])
  }
  for (const kind of ['refs/heads', 'refs/tags']) await readLoose(git, kind, values, 0)
  const refs: RefEntry[] = []
  for (const [name, value] of values) {
    if (!isSharedRefName(name)) warnings.push({ kind: 'skipped-ref', detail: JSON.stringify(name) })
    else refs.push({ name, oid: follow(name, value, values) })
  }
  const head = ((await readText(git, 'HEAD')) ?? '').trim()
  const target = /^ref:\s*(refs\/heads\/.+)$/.exec(head)?.[1] ?? null
  return { refs: sortRefs(refs), head: target, detached: isOid(head) ? head : null, warnings }
}

async function readLoose(git: FolderReader, folder: string, values: Map<string, string>, depth: number): Promise<void> {
  if (depth > MAX_DEPTH) return
  for (const { name, directory } of (await git.list(folder)) ?? []) {
    const path = `${folder}/${name}`
    if (directory) await readLoose(git, path, values, depth + 1)
    else if (!name.endsWith('.lock')) values.set(path, ((await readText(git, path)) ?? '').trim())
  }
}

function follow(name: string, value: string, values: Map<string, string>): Oid {
  let at: string | undefined = value
  for (let links = 0; links <= MAX_SYMBOLIC && at !== undefined; links++) {
    if (isOid(at)) return at
    const target: string | undefined = /^ref:\s*(.+)$/.exec(at)?.[1]
    if (target === undefined) throw new BrokenRefError(name, 'holds no object id')
    at = values.get(target)
  }
  throw new BrokenRefError(name, 'is a symbolic ref that leads nowhere')
}

/** Bytewise, as git sorts refs. */
export function sortRefs(refs: RefEntry[]): RefEntry[] {
  const encoder = new TextEncoder()
  const keyed = refs.map((ref) => ({ ref, key: encoder.encode(ref.name) }))
  keyed.sort((a, b) => {
    const length = Math.min(a.key.length, b.key.length)
    for (let i = 0; i < length; i++) {
      const difference = (a.key[i] ?? 0) - (b.key[i] ?? 0)
      if (difference !== 0) return difference
    }
    return a.key.length - b.key.length
  })
  return keyed.map(({ ref }) => ref)
}

/** The branch that is shown first, where HEAD does not say: `main`, `master`, the one at `oid`, the first. */
export function chooseHead(refs: RefEntry[], oid: Oid | null): string | null {
  const branches = refs.filter(({ name }) => name.startsWith('refs/heads/'))
  const usual = branches.filter(({ name }) => name === 'refs/heads/main' || name === 'refs/heads/master')
  const there = [...usual, ...branches].find((ref) => ref.oid === oid)
  return (there ?? usual[0] ?? branches[0])?.name ?? null
}
