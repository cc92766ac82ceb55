import { decodeText } from '../object/index.ts'
import {
  EmptyRepositoryError,
  GitFileError,
  IncompleteRepositoryError,
  NotARepositoryError,
  UnsupportedRepositoryError,
} from './errors.ts'
import { SubfolderReader } from './folder-readers.ts'
import { repositoryFormat } from './git-config.ts'
import type { FolderReader } from './types.ts'

/** Bytes of a text file of git that is read at once: `packed-refs` of 100,000 refs has 8 MB. */
const MAX_TEXT_BYTES = 64 << 20

/** The git directory in a folder: `.git`, the folder itself where it is bare, or either in its only subfolder. */
export async function findGitFolder(folder: FolderReader): Promise<FolderReader> {
  const top = await folder.list('')
  const dotGit = top?.find(({ name }) => name === '.git')
  if (dotGit !== undefined) {
    if (!dotGit.directory) throw new GitFileError(/^gitdir:\s*(.*)/.exec((await readText(folder, '.git')) ?? '')?.[1])
    return new SubfolderReader(folder, '.git')
  }
  const has = (name: string, directory: boolean): boolean =>
    top?.some((entry) => entry.name === name && entry.directory === directory) === true
  if (has('HEAD', false) && has('objects', true)) return folder
  if (has('HEAD', false) && has('commondir', false))
    throw new GitFileError((await readText(folder, 'commondir'))?.trim())
  const [only, ...others] = top ?? []
  // A directory picked with <input webkitdirectory> comes with its own name in front.
  if (only?.directory === true && others.length === 0)
    return await findGitFolder(new SubfolderReader(folder, only.name))
  throw new NotARepositoryError()
}

/** Rejects what cannot be imported, with the error that says what to do. */
export async function checkFormat(git: FolderReader): Promise<void> {
  const format = repositoryFormat((await readText(git, 'config')) ?? '')
  if (format.sha256) throw new UnsupportedRepositoryError('sha256')
  if (format.reftable || (await git.list('reftable')) !== null) throw new UnsupportedRepositoryError('reftable')
  if (((await git.size('shallow')) ?? 0) > 0) throw new IncompleteRepositoryError('shallow')
  const packs = (await git.list('objects/pack')) ?? []
  if (format.partial || packs.some(({ name }) => name.endsWith('.promisor')))
    throw new IncompleteRepositoryError('partial')
  const alternates = (await readText(git, 'objects/info/alternates')) ?? ''
  if (alternates.split('\n').some((line) => line.trim() !== '' && !line.startsWith('#')))
    throw new IncompleteRepositoryError('alternates')
  if ((await git.list('objects')) === null) throw new EmptyRepositoryError()
}

/** A text file, null where there is none. */
export async function readText(folder: FolderReader, path: string): Promise<string | null> {
  const size = await folder.size(path)
  if (size === null) return null
  return decodeText(await folder.read(path, 0, Math.min(size, MAX_TEXT_BYTES)))
}
