import './worker-global.ts'
import LightningFS from '@isomorphic-git/lightning-fs'
import { openGitStoreInWorker } from '../../src/git/browser.ts'
import { objectsIn } from './loose-objects.ts'

/** Bytes of a pack that come at once, as parts of a transfer do. */
const PART_BYTES = 64 * 1024
/** Files that lightning-fs is given at once. */
const FILES_AT_ONCE = 1000

/** Ways to store the same objects durably; each answers the seconds that it took. */
export const storing = {
  /** As they come from another device: written as a pack, indexed, checked, committed. */
  pack: async (url: string, tip: string): Promise<number> => {
    const bytes = await load(url)
    const store = await openGitStoreInWorker('bench-pack')
    const start = performance.now()
    const writer = await store.openPackWriter('one')
    for (let at = 0; at < bytes.length; at += PART_BYTES)
      await store.writePack(writer, bytes.slice(at, at + PART_BYTES))
    const { staging } = await store.finishPack(writer)
    await store.transact({
      repository: 'one',
      create: true,
      head: 'refs/heads/main',
      refs: [{ name: 'refs/heads/main', oid: tip }],
      admit: [staging],
    })
    const seconds = since(start)
    await store.close()
    return seconds
  },
  /** As one commit of that many files made here: hashed and compressed, too. */
  commit: async (url: string): Promise<number> => {
    const files = objectsIn(await load(url)).map(({ bytes }, n) => ({ path: `${n % 100}/${n}.txt`, content: bytes }))
    const store = await openGitStoreInWorker('bench-commit')
    const start = performance.now()
    const { staging, refs } = await store.importFiles('one', {
      ref: 'refs/heads/main',
      parent: null,
      changes: files,
      author: { name: 'Ana', email: 'ana@example.org', time: 1_700_000_000, offset: 0 },
      message: 'All\n',
    })
    await store.transact({
      repository: 'one',
      create: true,
      head: 'refs/heads/main',
      refs,
      admit: [staging],
    })
    const seconds = since(start)
    await store.close()
    return seconds
  },
  /** As files named as git's loose objects are, many at once, and the table that says where they are. */
  lightningFs: async (url: string): Promise<number> => {
    const objects = objectsIn(await load(url))
    const { promises: fs } = new LightningFS('bench')
    const start = performance.now()
    await fs.mkdir('/objects')
    const folders = new Set(objects.map(({ oid }) => oid.slice(0, 2)))
    for (const folder of folders) await fs.mkdir(`/objects/${folder}`)
    for (let at = 0; at < objects.length; at += FILES_AT_ONCE) {
      await Promise.all(
        objects
          .slice(at, at + FILES_AT_ONCE)
          .map(({ oid, bytes }) => fs.writeFile(`/objects/${oid.slice(0, 2)}/${oid.slice(2)}`, bytes, undefined)),
      )
    }
    await fs.flush()
    return since(start)
  },
  /** As rows of IndexedDB, in one transaction: nothing is checked. */
  raw: async (url: string): Promise<number> => {
    const objects = objectsIn(await load(url))
    const opening = indexedDB.open('bench-raw', 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore('objects')
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      opening.onsuccess = () => resolve(opening.result)
      opening.onerror = () => reject(opening.error ?? new Error('The database did not open.'))
    })
    const start = performance.now()
    const transaction = database.transaction('objects', 'readwrite', { durability: 'strict' })
    const rows = transaction.objectStore('objects')
    for (const { oid, bytes } of objects) rows.put(bytes, oid)
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error ?? new Error('The transaction was aborted.'))
    })
    const seconds = since(start)
    database.close()
    return seconds
  },
}

async function load(url: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetch(url)).arrayBuffer())
}

function since(start: number): number {
  return (performance.now() - start) / 1000
}
