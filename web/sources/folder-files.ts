import type { FolderSource } from '../../src/git/index.ts'

type FolderFiles = Extract<FolderSource, { kind: 'files' }>['files']

/** The files of a chosen folder, as `<input webkitdirectory>` lists them, and the folder's name. */
export function filesOfInput(list: Iterable<File>): { name: string; files: FolderFiles } {
  let name = ''
  const files: FolderFiles = []
  for (const file of list) {
    const [top = '', ...rest] = file.webkitRelativePath.split('/')
    name = name || top
    files.push({ path: rest.join('/'), file })
  }
  return { name, files: onlyRepository(files) }
}

/** The files of a dropped folder where the browser gives entries and no handles. Only `.git` is read if there is one. */
export async function filesOfEntry(folder: FileSystemDirectoryEntry, signal: AbortSignal): Promise<FolderFiles> {
  const top = await listEntries(folder)
  const git = top.find((entry) => entry.name === '.git')
  return walk(git === undefined ? top : [git], '', signal)
}

/** Leaves the working files out: the repository is in `.git`, or the folder itself is one. */
export function onlyRepository(files: FolderFiles): FolderFiles {
  const inside = files.filter(({ path }) => path === '.git' || path.startsWith('.git/'))
  return inside.length > 0 ? inside : files
}

async function walk(entries: FileSystemEntry[], prefix: string, signal: AbortSignal): Promise<FolderFiles> {
  const files: FolderFiles = []
  for (const entry of entries) {
    signal.throwIfAborted()
    const path = prefix + entry.name
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
      files.push({ path, file })
    } else {
      files.push(...(await walk(await listEntries(entry as FileSystemDirectoryEntry), `${path}/`, signal)))
    }
  }
  return files
}

/** `readEntries` gives at most a hundred at a time, and an empty list at the end. */
async function listEntries(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (batch.length === 0) return all
    all.push(...batch)
  }
}
