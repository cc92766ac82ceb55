import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as hostile from '../../../playwright/fixtures/hostile.ts'
import { git } from '../../../playwright/fixtures/git.ts'
import { importFolder } from './folder.ts'
import { FilesReader, HandleReader } from './folder-readers.ts'
import { MemoryTarget } from './memory-target.ts'
import { DiskReader } from './node.ts'
import type { FolderReader } from './types.ts'

/** A folder on disk with the part of the File System API that is used: browsers alone have the real one. */
class DiskHandle {
  readonly kind = 'directory'
  readonly name: string
  readonly #path: string
  constructor(path: string) {
    this.#path = path
    this.name = basename(path)
  }
  async *entries(): AsyncGenerator<[string, { kind: string }]> {
    for (const entry of readdirSync(this.#path, { withFileTypes: true }))
      yield [entry.name, { kind: entry.isDirectory() ? 'directory' : 'file' }]
  }
  async getDirectoryHandle(name: string): Promise<DiskHandle> {
    if (!this.#stat(name).isDirectory()) throw new DOMException(name, 'TypeMismatchError')
    return new DiskHandle(join(this.#path, name))
  }
  async getFileHandle(name: string): Promise<{ getFile(): Promise<File> }> {
    if (this.#stat(name).isDirectory()) throw new DOMException(name, 'TypeMismatchError')
    return { getFile: async () => new File([readFileSync(join(this.#path, name))], name) }
  }
  #stat(name: string): { isDirectory(): boolean } {
    const found = statSync(join(this.#path, name), { throwIfNoEntry: false })
    if (found === undefined) throw new DOMException(name, 'NotFoundError')
    return found
  }
}

function handle(path: string): FileSystemDirectoryHandle {
  return new DiskHandle(path) as unknown as FileSystemDirectoryHandle
}

let dir = ''
beforeAll(() => {
  dir = hostile.plainRepository(mkdtempSync(join(tmpdir(), 'readers-')), 3)
})
afterAll(() => rmSync(dir, { recursive: true }))

function blobs(): Array<{ path: string; file: Blob }> {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: path.slice(dir.length + 1), file: new Blob([readFileSync(path)]) }))
}

const readers: Array<[string, () => FolderReader & { close?: () => Promise<void> }]> = [
  ['HandleReader', () => new HandleReader(handle(dir))],
  ['FilesReader', () => new FilesReader(blobs())],
  ['DiskReader', () => new DiskReader(dir)],
]

describe.each(readers)('%s', (_, open) => {
  it('lists, measures and reads, and says of what is absent that it is', async () => {
    const reader = open()
    const top = (await reader.list('')) ?? []
    expect(top.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: '.git', directory: true },
      { name: 'README.md', directory: false },
    ])
    const readme = readFileSync(join(dir, 'README.md'))
    expect(await reader.size('README.md')).toBe(readme.length)
    expect(Buffer.from(await reader.read('README.md', 2, 7)).toString()).toBe(readme.subarray(2, 9).toString())
    expect((await reader.read('README.md', readme.length - 3, 100)).length).toBe(3)
    expect((await reader.list('.git/refs/heads'))?.map(({ name }) => name)).toEqual(['main'])
    for (const path of ['nothing', 'README.md', 'README.md/x']) expect(await reader.list(path), path).toBeNull()
    for (const path of ['nothing', '.git', 'README.md/x', '.git/nothing'])
      expect(await reader.size(path), path).toBeNull()
    await reader.close?.()
  })
})

describe('importFolder', () => {
  it('reads through a directory handle', async () => {
    const { refs, head } = await importFolder(new MemoryTarget(), { kind: 'handle', handle: handle(dir) })
    expect(refs).toEqual([{ name: 'refs/heads/main', oid: git(dir, ['rev-parse', 'main']) }])
    expect(head).toBe('refs/heads/main')
  })
})
