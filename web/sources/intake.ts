import type { PrepareSource } from '../state/import-job.svelte.ts'
import { filesOfEntry, filesOfInput } from './folder-files.ts'
import { linkFromText } from './link-from-text.ts'
import { urlFromText } from './url-from-text.ts'

/** What a person gave: dropped, pasted or chosen. */
export type Intake =
  | { kind: 'link'; fragment: string }
  | { kind: 'repository'; name: string; prepare: PrepareSource }
  /** Nothing that a repository or a link could be read from; `text` says what it was. */
  | { kind: 'nothing'; text: string }

/**
 * Reads a drop or a paste. The browser empties `transfer` when its event is over, so everything is taken from it before
 * this function first waits.
 */
export async function readTransfer(transfer: DataTransfer): Promise<Intake> {
  const items = Array.from(transfer.items, takeItem).filter((item) => item !== null)
  const text = transfer.getData('text/uri-list') || transfer.getData('text/plain')
  if (items.length > 1) {
    return { kind: 'nothing', text: 'Several things at once: drop one folder or one bundle file.' }
  }
  const [item] = items
  if (item !== undefined)
    return (await openItem(item)) ?? { kind: 'nothing', text: 'The browser did not hand it over.' }
  return (
    intakeOfText(text) ?? {
      kind: 'nothing',
      text: 'That is no link to a repository. A link looks like …/#/ and 43 letters, or is an address that “git clone” takes.',
    }
  )
}

/** A link, or the address of a repository on a server; null where the text is neither. Throws `RemoteAddressError`. */
export function intakeOfText(text: string): Intake | null {
  const fragment = linkFromText(text)
  if (fragment !== null) return { kind: 'link', fragment }
  const url = urlFromText(text)
  return url === null ? null : intakeOfUrl(url)
}

export function intakeOfUrl(url: string): Intake {
  const last = url.slice(url.lastIndexOf('/') + 1)
  const name = repositoryName(decoded(last))
  return { kind: 'repository', name, prepare: () => Promise.resolve({ kind: 'url', url, name }) }
}

export function intakeOfFile(file: File): Intake {
  const name = repositoryName(file.name)
  return { kind: 'repository', name, prepare: () => Promise.resolve({ kind: 'bundle', file, name }) }
}

export function intakeOfHandle(handle: FileSystemDirectoryHandle): Intake {
  const name = repositoryName(handle.name)
  return {
    kind: 'repository',
    name,
    prepare: () => Promise.resolve({ kind: 'folder', folder: { kind: 'handle', handle }, name }),
  }
}

export function intakeOfFolderInput(list: Iterable<File>): Intake {
  const { name: folder, files } = filesOfInput(list)
  const name = repositoryName(folder)
  return {
    kind: 'repository',
    name,
    prepare: () => Promise.resolve({ kind: 'folder', folder: { kind: 'files', files }, name }),
  }
}

/** `linux.git` and `linux.bundle` are both called linux. */
export function repositoryName(file: string): string {
  return file.replace(/\.(git|bundle)$/i, '').trim() || 'repository'
}

/** As it is where it stands for no UTF-8. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

interface TakenItem {
  handle: Promise<FileSystemHandle | null>
  entry: FileSystemEntry | null
  file: File | null
}

function takeItem(item: DataTransferItem): TakenItem | null {
  if (item.kind !== 'file') return null
  return {
    handle: takeHandle(item),
    entry: typeof item.webkitGetAsEntry === 'function' ? item.webkitGetAsEntry() : null,
    file: item.getAsFile(),
  }
}

type WithHandle = DataTransferItem & { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> }

function takeHandle(item: WithHandle): Promise<FileSystemHandle | null> {
  if (item.getAsFileSystemHandle === undefined) return Promise.resolve(null)
  // Refused (an enterprise's policy, a file that is no file of this machine): the entry or the file serves instead.
  return item.getAsFileSystemHandle().catch(() => null)
}

async function openItem({ handle, entry, file }: TakenItem): Promise<Intake | null> {
  const opened = await handle
  if (opened?.kind === 'directory') return intakeOfHandle(opened as FileSystemDirectoryHandle)
  if (opened?.kind === 'file') return intakeOfFile(await (opened as FileSystemFileHandle).getFile())
  if (entry?.isDirectory) {
    const name = repositoryName(entry.name)
    return {
      kind: 'repository',
      name,
      prepare: async ({ signal }) => {
        const files = await filesOfEntry(entry as FileSystemDirectoryEntry, signal)
        return { kind: 'folder', folder: { kind: 'files', files }, name }
      },
    }
  }
  return file === null ? null : intakeOfFile(file)
}
