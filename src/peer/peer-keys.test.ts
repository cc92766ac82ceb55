import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IDBFactory } from 'fake-indexeddb'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { afterAll, describe, expect, test } from 'vitest'
import { createIdentity, loadIdentity, saveIdentity } from './identity.ts'
import { fileKeyStorage } from './key-storage-file.ts'
import { openKeyStorage } from './key-storage-indexeddb.ts'
import { memoryKeys, memoryLocks } from './memory-keys.ts'
import { claimPeerKey } from './peer-keys.ts'
import type { KeyStorage } from './identity.ts'

const folders: string[] = []

afterAll(async () => {
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })))
})

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'guts-keys-'))
  folders.push(made)
  return made
}

const storages: Array<[string, () => Promise<KeyStorage>]> = [
  ['memory', async () => memoryKeys()],
  ['IndexedDB', () => openKeyStorage(new IDBFactory())],
  ['files', async () => fileKeyStorage(await folder())],
]

describe.each(storages)('keys in %s', (_name, open) => {
  test('come back as they were kept', async () => {
    const storage = await open()
    expect(await storage.get('peer-key/000')).toBeUndefined()
    expect(await storage.list('peer-key/')).toEqual([])
    await storage.set('peer-key/001', Uint8Array.of(1))
    await storage.set('peer-key/000', Uint8Array.of(2))
    await storage.set('peer-key/000', Uint8Array.of(3))
    await storage.set('identity/key', Uint8Array.of(4))
    expect(await storage.get('peer-key/000')).toEqual(Uint8Array.of(3))
    expect(await storage.list('peer-key/')).toEqual(['peer-key/000', 'peer-key/001'])
  })

  test('an identity is made once and can be renamed', async () => {
    const storage = await open()
    const identity = await loadIdentity(storage, 'Anonymous')
    await saveIdentity(storage, { ...identity, name: 'Ana' })
    const again = await loadIdentity(storage, 'Anonymous')
    expect([again.id, again.name]).toEqual([identity.id, 'Ana'])
  })

  test('tabs never share a peer key, and a reloaded one keeps its own', async () => {
    const [storage, locks] = [await open(), memoryLocks()]
    const tabs = await Promise.all(Array.from({ length: 10 }, () => claimPeerKey({ storage, locks })))
    const ids = tabs.map((tab) => peerIdFromPrivateKey(tab.key).toString())
    expect(new Set(ids).size).toBe(10)
    for (const id of ids.slice(0, 8)) expect(tabs[0]?.own.has(id)).toBe(true)

    const third = tabs[3]
    if (third === undefined) throw new Error('No tab')
    // Asks before its former self has let go.
    const reloaded = claimPeerKey({ storage, locks, preferred: third.index })
    setTimeout(() => third.release(), 100)
    expect(peerIdFromPrivateKey((await reloaded).key).toString()).toBe(ids[3])

    // A duplicated tab has the hint too, and gets another key.
    const duplicate = await claimPeerKey({ storage, locks, preferred: third.index })
    expect(ids).not.toContain(peerIdFromPrivateKey(duplicate.key).toString())
  })
})

test('key files are their owner’s alone, and none is left half written', async () => {
  const directory = await folder()
  await saveIdentity(fileKeyStorage(directory), await createIdentity('Ana'))
  const names = await readdir(join(directory, 'identity'))
  expect(names.sort()).toEqual(['key', 'name'])
  expect((await stat(join(directory, 'identity/key'))).mode & 0o777).toBe(0o600)
})

test('a damaged key says so', async () => {
  const storage = memoryKeys()
  await storage.set('identity/key', Uint8Array.of(1, 2, 3))
  await expect(loadIdentity(storage, 'x')).rejects.toThrow('damaged')
})
