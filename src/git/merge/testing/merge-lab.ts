/** Makes histories for tests of merging, and asks stock git what it would do with them. In Node only. */
import { deflateSync } from 'node:zlib'
import { concat, hashObject, serializeCommit, serializeTree, signatureOf, typeCode } from '../../object/index.ts'
import { entryHeader, packHeader, type ObjectSource } from '../../pack/index.ts'
import { sealPack } from '../../pack/testing/craft.ts'
import { TestRepository } from '../../pack/testing/git-oracle.ts'
import type { GitObject, ObjectType, Oid } from '../../types.ts'
import { bytesOf } from '../versions.ts'

/** Files by their path, of a character each byte. Contents as such text too, or the oid of a submodule's commit. */
export type Files = Record<string, string | { mode: number; content: string }>

/** What `git merge-tree --write-tree` says. */
export interface GitMerge {
  clean: boolean
  tree: Oid
  /** `mode oid stage TAB path`, one for each version in conflict. */
  conflicts: string[]
}

/** Objects in memory, and a bare repository of stock git with the same. */
export class MergeLab implements ObjectSource {
  readonly repository = new TestRepository()
  readonly #objects = new Map<Oid, GitObject>()
  readonly #unsent = new Set<Oid>()
  /** Objects that were read, each time. */
  readonly reads: Oid[] = []
  #clock = 1_700_000_000

  async add(type: ObjectType, bytes: Uint8Array): Promise<Oid> {
    const oid = await hashObject(type, bytes)
    if (!this.#objects.has(oid)) this.#unsent.add(oid)
    this.#objects.set(oid, { type, bytes })
    return oid
  }

  async blob(text: string): Promise<Oid> {
    return await this.add('blob', new Uint8Array(Buffer.from(text, 'latin1')))
  }

  async tree(files: Files): Promise<Oid> {
    const entries: Array<{ mode: number; name: Uint8Array; oid: Oid }> = []
    const folders = new Map<string, Files>()
    for (const [path, file] of Object.entries(files)) {
      const slash = path.indexOf('/')
      if (slash >= 0) {
        const inner = folders.get(path.slice(0, slash)) ?? {}
        inner[path.slice(slash + 1)] = file
        folders.set(path.slice(0, slash), inner)
        continue
      }
      const { mode, content } = typeof file === 'string' ? { mode: 0o100644, content: file } : file
      entries.push({ mode, name: bytesOf(path), oid: mode === 0o160000 ? content : await this.blob(content) })
    }
    for (const [name, inner] of folders)
      entries.push({ mode: 0o040000, name: bytesOf(name), oid: await this.tree(inner) })
    return await this.add('tree', serializeTree(entries))
  }

  /** Each commit is a second younger than the one before. */
  async commit(files: Files, parents: Oid[] = []): Promise<Oid> {
    return await this.commitTree(await this.tree(files), parents)
  }

  async commitTree(tree: Oid, parents: Oid[] = []): Promise<Oid> {
    const author = signatureOf({ name: 'Ana', email: 'ana@example.org', time: ++this.#clock, offset: 0 })
    const message = new TextEncoder().encode('x\n')
    return await this.add('commit', serializeCommit({ tree, parents, author, committer: author, headers: [], message }))
  }

  /** Stock git's merge of each pair, unrelated histories too; null where git itself breaks off (a failed assertion). */
  async gitMerges(pairs: ReadonlyArray<readonly [ours: Oid, theirs: Oid]>): Promise<Array<GitMerge | null>> {
    await this.send()
    try {
      return this.#gitMerges(pairs)
    } catch (error) {
      if (pairs.length > 1) return (await Promise.all(halves(pairs).map((half) => this.gitMerges(half)))).flat()
      if (!String(error).includes('Assertion')) throw error
      return [null]
    }
  }

  #gitMerges(pairs: ReadonlyArray<readonly [ours: Oid, theirs: Oid]>): GitMerge[] {
    const args = ['merge-tree', '--write-tree', '--stdin', '-z', '--no-messages', '--allow-unrelated-histories']
    const out = this.repository.gitBytes(args, pairs.map((pair) => `${pair.join(' ')}\n`).join(''))
    const words = new TextDecoder('windows-1252').decode(out).split('\0')
    return pairs.map(() => {
      const [clean, tree = ''] = words.splice(0, 2)
      const conflicts = words.splice(0, words.indexOf(''))
      words.shift()
      return { clean: clean === '1', tree, conflicts }
    })
  }

  [Symbol.dispose](): void {
    this.repository[Symbol.dispose]()
  }

  /** Gives stock git what it does not have yet. */
  async send(): Promise<void> {
    if (this.#unsent.size === 0) return
    const entries = [...this.#unsent].map((oid) => this.#objects.get(oid) as GitObject)
    this.#unsent.clear()
    // By Node's zlib, which is ready at once for each of many small objects.
    const parts = entries.flatMap(({ type, bytes }) => [
      Uint8Array.from(entryHeader(typeCode(type), bytes.length)),
      deflateSync(bytes, { level: 1 }),
    ])
    this.repository.gitBytes(['index-pack', '--stdin'], await sealPack(concat([packHeader(entries.length), ...parts])))
  }

  async read(oid: Oid): Promise<GitObject | null> {
    this.reads.push(oid)
    return this.#objects.get(oid) ?? null
  }

  async has(oid: Oid): Promise<boolean> {
    return this.#objects.has(oid)
  }

  async info(oid: Oid): Promise<{ type: ObjectType; size: number } | null> {
    const object = this.#objects.get(oid)
    return object === undefined ? null : { type: object.type, size: object.bytes.length }
  }
}

function halves<T>(items: readonly T[]): [T[], T[]] {
  const half = items.length >> 1
  return [items.slice(0, half), items.slice(half)]
}
