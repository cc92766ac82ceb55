import {
  createDocument,
  MAX_NAME_BYTES,
  nextDocument,
  tokenOf,
  type DecodedDocument,
  type DocumentChain,
} from '../document/index.ts'
import { textProblem, utf8Length } from '../document/text.ts'
import { AlreadyHereError, LimitExceededError } from '../errors.ts'
import { MAX_REFS, refNameProblem } from '../refs/index.ts'
import { trimName } from '../../peer/index.ts'
import { asError } from './bytes.ts'
import { findKnown, type HeldRepository } from './known.ts'
import { applyChange } from './repository/apply.ts'
import { signOwn, type Author } from './repository/author.ts'
import { NO_SETTINGS } from './settings.ts'
import { SpeedMeter } from './speed.ts'
import type { CallOptions, GitStore, ImportWarning, Person, Progress, RefEntry, Staged } from '../../git/index.ts'
import type { ImportOptions, ImportSource } from '../types.ts'
import type { RepositoryRecord } from './repository/record.ts'

export interface CreateContext {
  store: GitStore
  author: Author
  /** Unix milliseconds. */
  clock: () => number
  /** The repositories that are here. */
  held: () => HeldRepository[]
  through: Through
}

/** Where a repository's URL is asked for in its place, at a relay that passes it on; null: at the URL itself. */
export type Through = (url: string) => string | null

export interface Created {
  token: string
  warnings: ImportWarning[]
}

/** Imports, signs and stores in one transaction: what fails or is cancelled leaves nothing. */
export async function createRepository(
  context: CreateContext,
  source: ImportSource,
  options: ImportOptions = {},
): Promise<Created> {
  const { store, author } = context
  const { signal } = options
  signal?.throwIfAborted()
  const first = await createDocument({
    name: documentName(source.name),
    description: source.kind === 'new' ? source.description : '',
    defaultBranch: 'main',
    delegates: [author.identity.id],
    delegateNames: [trimName(author.identity.name)],
    createdAt: context.clock(),
  })
  const token = tokenOf(first.hash)
  const staged = await stageSource(context, token, source, options)
  try {
    signal?.throwIfAborted()
    if (source.kind !== 'new') await askAboutKnown(context, staged, documentName(source.name), options)
    options.onProgress?.({ phase: 'sign', speed: 0 })
    return await signAndStore(context, token, first, staged, signal)
  } catch (error) {
    await store.discard(staged.staging)
    throw asError(error)
  }
}

/** Nothing is stored yet: who does not want a second repository loses nothing. */
async function askAboutKnown(
  { store, held }: CreateContext,
  staged: Staged,
  name: string,
  { signal, onKnown }: ImportOptions,
): Promise<void> {
  if (onKnown == null) return
  const known = await findKnown(store, held(), staged, name)
  if (known == null || (await onKnown(known))) return
  signal?.throwIfAborted()
  throw new AlreadyHereError(known.token)
}

/** Stages `source` for the repository `token`, which may not be here yet. */
export async function stageSource(
  context: CreateContext,
  token: string,
  source: ImportSource,
  options: ImportOptions,
): Promise<Staged> {
  return stage(context, token, source, { signal: options.signal, onProgress: reporting(options) })
}

async function signAndStore(
  { store, author, clock }: CreateContext,
  token: string,
  first: DecodedDocument,
  staged: Staged,
  signal: AbortSignal | undefined,
): Promise<Created> {
  const warnings = [...staged.warnings]
  const refs = staged.refs.filter(({ name }) => {
    const problem = refNameProblem(name)
    if (problem != null) warnings.push({ kind: 'skipped-ref', detail: name })
    return problem == null
  })
  if (refs.length > MAX_REFS) throw new LimitExceededError('branches and tags', MAX_REFS)
  const head = headOf(staged.head, refs)
  const chain = await chainFor(first, head, author)
  const documents = chain.versions.map(({ signed }) => signed)
  const record = emptyRecord(token, chain, clock())
  // A new repository has one writer: nothing is asked of the graph.
  const independent = async (oids: string[]): Promise<string[]> => oids
  const moves = refs.map(({ name, oid }) => ({ name, oid, from: null }))
  const own = await signOwn(author, record, chain, { digest: first.hash, moves, head, independent, now: clock() })
  signal?.throwIfAborted()
  await applyChange(store, token, record, chain, {
    create: true,
    headers: [own],
    admit: [staged.staging],
    documents,
    settings: { ...NO_SETTINGS },
    independent,
  })
  return { token, warnings }
}

async function stage(
  { store, author, clock, through }: CreateContext,
  token: string,
  source: ImportSource,
  options: CallOptions,
): Promise<Staged> {
  switch (source.kind) {
    case 'bundle':
      return store.importBundle(token, source.file, options)
    case 'folder':
      return store.importFolder(token, source.folder, options)
    case 'url':
      return store.importUrl(token, { url: source.url, through: through(source.url) }, options)
    case 'new':
      return store.importFiles(
        token,
        {
          ref: 'refs/heads/main',
          parent: null,
          changes: [{ path: 'README.md', content: readme(source.name, source.description) }],
          author: personOf(author, clock()),
          message: 'Begin with a README\n',
        },
        options,
      )
  }
}

/** The id is made before the import shows which branch HEAD names: where that is not `main`, a second version says so. */
async function chainFor(first: DecodedDocument, head: string | null, author: Author): Promise<DocumentChain> {
  const branch = head?.replace('refs/heads/', '') ?? first.document.defaultBranch
  if (branch === first.document.defaultBranch) return { versions: [first], current: first, fork: [] }
  const second = await nextDocument(first, { defaultBranch: branch }, author.identity.key)
  return { versions: [first, second], current: second, fork: [] }
}

/** HEAD where it names a branch that is there; else the branch that people would look for. */
function headOf(head: string | null, refs: RefEntry[]): string | null {
  const branches = refs.map(({ name }) => name).filter((name) => name.startsWith('refs/heads/'))
  const wanted = [head, 'refs/heads/main', 'refs/heads/master', branches[0]]
  return wanted.find((name) => name != null && branches.includes(name)) ?? null
}

function emptyRecord(token: string, chain: DocumentChain, now: number): RepositoryRecord {
  const documents = chain.versions.map(({ signed }) => signed)
  const settings = new Uint8Array(0)
  const stored = { id: token, documents, settings, generation: 0, head: null, refs: [], createdAt: now, updatedAt: now }
  return { stored, chain, rows: new Map(), held: new Map(), settings: { ...NO_SETTINGS } }
}

/** The author of commits that are made here: the key's own address, which nobody can write to. */
export function personOf({ identity }: Author, now: number): Person {
  return {
    name: identity.name === '' ? identity.id.slice(0, 8) : identity.name,
    email: `${identity.id.slice(0, 16)}@guts.invalid`,
    time: Math.floor(now / 1000),
    offset: -new Date(now).getTimezoneOffset(),
  }
}

function readme(name: string, description: string): Uint8Array {
  return new TextEncoder().encode(`# ${name}\n${description === '' ? '' : `\n${description}\n`}`)
}

/** A name for the document: file names lose their ending, and what a document may not hold. */
function documentName(name: string): string {
  const kept = [...name.trim()].filter((character) => textProblem(character, { max: MAX_NAME_BYTES }) == null)
  while (utf8Length(kept.join('')) > MAX_NAME_BYTES) kept.pop()
  return kept.length === 0 ? 'repository' : kept.join('')
}

/** Adds the speed, over the last seconds, to what the store reports. */
function reporting({ onProgress }: ImportOptions): (progress: Progress) => void {
  let meter: { phase: string; speed: SpeedMeter; before: number } | undefined
  return (progress) => {
    const done = progress.bytes ?? progress.objects ?? 0
    if (meter?.phase !== progress.phase)
      meter = { phase: progress.phase, speed: new SpeedMeter(() => performance.now()), before: 0 }
    meter.speed.add(Math.max(0, done - meter.before))
    meter.before = done
    onProgress?.({ ...progress, speed: meter.speed.bytesPerSecond })
  }
}
