import { describe, expect, it } from 'vitest'
import { filesOfEntry, filesOfInput, onlyRepository } from './folder-files.ts'
import { intakeOfUrl, readTransfer, repositoryName } from './intake.ts'

const signal = new AbortController().signal
const options = { signal, onProgress: () => undefined }
const token = 'A'.repeat(43)

function transfer(items: Array<Partial<DataTransferItem>>, text = ''): DataTransfer {
  return {
    items: items.map((item) => ({ kind: 'file', getAsFile: () => null, ...item })),
    getData: (type: string) => (type === 'text/plain' ? text : ''),
  } as unknown as DataTransfer
}

function fileEntry(name: string): FileSystemEntry {
  const file = new File([name], name)
  return { name, isFile: true, isDirectory: false, file: (done: (file: File) => void) => done(file) } as never
}

/** Gives its entries in two batches, as browsers do for big folders. */
function folderEntry(name: string, entries: FileSystemEntry[]): FileSystemDirectoryEntry {
  const createReader = () => {
    const batches = [entries.slice(0, 1), entries.slice(1), []].filter((batch, n) => n === 2 || batch.length > 0)
    return { readEntries: (done: (batch: FileSystemEntry[]) => void) => done(batches.shift() ?? []) }
  }
  return { name, isFile: false, isDirectory: true, createReader } as never
}

describe('readTransfer', () => {
  it('takes a link', async () => {
    expect(await readTransfer(transfer([], `https://a.example/#/${token}`))).toEqual({
      kind: 'link',
      fragment: `#/${token}`,
    })
  })

  it('says what it cannot use', async () => {
    expect(await readTransfer(transfer([], 'https://example.org/holiday'))).toMatchObject({ kind: 'nothing' })
    await expect(readTransfer(transfer([], 'http://git.example/code.git'))).rejects.toThrow('Only https')
    expect(await readTransfer(transfer([{}, {}]))).toMatchObject({ kind: 'nothing' })
    expect(await readTransfer(transfer([{}]))).toMatchObject({ kind: 'nothing' })
  })

  it('takes the address of a repository on a server, or of a page about it', async () => {
    const intake = await readTransfer(transfer([], 'https://github.com/git/git/tree/main'))
    if (intake.kind !== 'repository') throw new Error(intake.kind)
    expect(intake.name).toBe('git')
    const url = 'https://github.com/git/git.git'
    expect(await intake.prepare(options)).toEqual({ kind: 'url', url, name: 'git' })
    expect(intakeOfUrl('https://git.example/caf%C3%A9.git')).toMatchObject({ name: 'café' })
    expect(intakeOfUrl('https://git.example/100%')).toMatchObject({ name: '100%' })
  })

  it('takes a folder by its handle where there is one', async () => {
    const handle = { kind: 'directory', name: 'linux.git' }
    const intake = await readTransfer(transfer([{ getAsFileSystemHandle: async () => handle } as never]))
    if (intake.kind !== 'repository') throw new Error(intake.kind)
    expect(intake.name).toBe('linux')
    expect(await intake.prepare(options)).toEqual({ kind: 'folder', name: 'linux', folder: { kind: 'handle', handle } })
  })

  it('falls back to the entry where a handle is refused, and reads .git only', async () => {
    const entry = folderEntry('work', [
      fileEntry('README.md'),
      folderEntry('.git', [fileEntry('HEAD'), folderEntry('refs', [fileEntry('a'), fileEntry('b'), fileEntry('c')])]),
    ])
    const refused = { getAsFileSystemHandle: () => Promise.reject(new Error('no')), webkitGetAsEntry: () => entry }
    const intake = await readTransfer(transfer([refused]))
    if (intake.kind !== 'repository') throw new Error(intake.kind)
    const source = await intake.prepare(options)
    if (source.kind !== 'folder' || source.folder.kind !== 'files') throw new Error(source.kind)
    expect(source.folder.files.map(({ path }) => path)).toEqual([
      '.git/HEAD',
      '.git/refs/a',
      '.git/refs/b',
      '.git/refs/c',
    ])
  })

  it('takes a file as a bundle, whatever it turns out to be', async () => {
    const file = new File(['x'], 'app.bundle')
    const intake = await readTransfer(transfer([{ getAsFile: () => file }]))
    if (intake.kind !== 'repository') throw new Error(intake.kind)
    expect(await intake.prepare(options)).toEqual({ kind: 'bundle', file, name: 'app' })
  })
})

describe('folders', () => {
  it('strips the top folder of an input and leaves working files out', () => {
    const file = (path: string) => Object.assign(new File([], 'x'), { webkitRelativePath: path })
    const { name, files } = filesOfInput(['app/src/a.ts', 'app/.git/HEAD', 'app/.git/refs/heads/main'].map(file))
    expect(name).toBe('app')
    expect(files.map(({ path }) => path)).toEqual(['.git/HEAD', '.git/refs/heads/main'])
  })

  it('keeps everything of a bare repository, and .git where it is a file', () => {
    const file = new File([], 'x')
    expect(
      onlyRepository([
        { path: 'HEAD', file },
        { path: 'objects/pack/p', file },
      ]),
    ).toHaveLength(2)
    expect(
      onlyRepository([
        { path: '.git', file },
        { path: 'a', file },
        { path: '.github/x', file },
      ]),
    ).toHaveLength(1)
  })

  it('stops listing when it is cancelled', async () => {
    const entry = folderEntry('work', [fileEntry('a')])
    await expect(filesOfEntry(entry, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop')
  })

  it('names a repository after its file', () => {
    expect(['linux.git', 'a.b.bundle', '.git', 'plain'].map(repositoryName)).toEqual([
      'linux',
      'a.b',
      'repository',
      'plain',
    ])
  })
})
