import { join } from 'node:path'
import { expect, it } from 'vitest'
import { git, gitBytes } from '../../../../playwright/fixtures/git.ts'
import { commitFile, packedSecretRepository } from '../../../../playwright/fixtures/hostile.ts'
import { judgeBundle, noDifference } from '../../../../playwright/fixtures/oracle.ts'
import { LimitError, MoreHavesError, NotServedError } from '../../errors.ts'
import { ProcessLocks } from '../locks.ts'
import { NEGOTIATED_OBJECTS } from '../serving.ts'
import type { Oid } from '../../types.ts'
import { fetchPack, id, oidsIn, readAll, sendPack, type StoreRig, writer } from './rig.ts'

/** Of the store's suite: serving. */
export function runServingTests(rig: StoreRig): void {
  it('clones from one store to another by base pack and tail, and stays up to date by thin packs', async () => {
    await rig.imported()
    const clone = await rig.open(await rig.newPlace(), new ProcessLocks())
    const packs = await rig.store.inventory(id)
    expect(packs).toHaveLength(1)
    for (const { packId } of packs) await fetchPack(rig.store, clone.store, packId)
    const base = await clone.store.finishBasePack(id, packs[0]?.packId ?? '')
    await rig.admit(clone.store, id, { ...base, head: 'refs/heads/main' }, rig.refs)
    expect(judgeBundle(await rig.bundleFrom(clone.store, id), rig.source)).toEqual(noDifference)
    expect((await clone.store.inventory(id)).map(({ packId }) => packId)).toEqual(packs.map(({ packId }) => packId))

    const parent = git(rig.source, ['rev-parse', 'main'])
    const author = { name: 'Ana', email: 'ana@example.org', time: 1_700_000_000, offset: 60 }
    const changes = [{ path: 'README.md', content: new TextEncoder().encode('# Changed\n') }]
    const request = { ref: 'refs/heads/main', parent, changes, author, message: 'Change' }
    const made = await rig.store.stageCommit(id, request)
    const move = [{ name: 'refs/heads/main', oid: made.commit }]
    await rig.store.transact({ repository: id, refs: move, admit: [made.staging] })
    const wanted = { wants: [made.commit], haves: [parent], filter: 'closure' as const, thin: true }
    const reader = await rig.store.openObjects(id, wanted)
    expect(reader.objects).toBe(3)
    const tail = await sendPack(clone.store, id, await readAll(rig.store, reader), move)
    await clone.store.transact({ repository: id, refs: move, admit: [tail.staging] })
    expect(await clone.store.commit(id, made.commit)).toMatchObject({ subject: 'Change', parents: [parent] })
    expect(await clone.store.tree(id, made.commit, '')).toEqual(await rig.store.tree(id, made.commit, ''))
    const file = await rig.bundleFrom(clone.store, id)
    expect(git(rig.dir, ['bundle', 'list-heads', file])).toContain(`${made.commit} refs/heads/main`)
    expect(await rig.store.inventory(id)).toHaveLength(1)
  })

  it('completes a thin pack of stock git with the bases that are here', async () => {
    await rig.imported()
    const work = join(rig.dir, `work-${Math.random()}`)
    git(rig.dir, ['clone', '-q', rig.source, work])
    const tip = commitFile(work, 'big.txt', 'line\n'.repeat(5000), 'One')
    const thin = gitBytes(work, ['pack-objects', '--thin', '--stdout', '--revs', '--delta-base-offset', '-q'], {
      input: `${tip}\n^${git(rig.source, ['rev-parse', 'main'])}\n`,
    })
    const staged = await sendPack(rig.store, id, thin, [{ name: 'refs/heads/new', oid: tip }])
    await rig.store.transact({ repository: id, refs: staged.refs, admit: [staged.staging] })
    const file = await rig.bundleFrom(rig.store, id)
    git(work, ['checkout', '-q', '-b', 'new'])
    git(work, ['push', '-q', rig.source, 'new:refs/heads/new'])
    expect(judgeBundle(file, rig.source)).toEqual(noDifference)
    git(rig.source, ['update-ref', '-d', 'refs/heads/new'])
    git(rig.source, ['prune', '--expire=now'])
  })

  it('never gives out what no branch or tag reaches', async () => {
    const { path, secrets } = packedSecretRepository(join(rig.dir, `secret-${Math.random()}`))
    const staged = await rig.store.importFolder(id, { kind: 'path', path })
    await rig.admit(rig.store, id, staged)
    expect(await rig.store.has(id, secrets)).toEqual(secrets.map(() => false))
    for (const secret of secrets) {
      const request = { wants: [secret], haves: [], filter: 'objects' as const, thin: false }
      await expect(rig.store.openObjects(id, request)).rejects.toBeInstanceOf(NotServedError)
    }
  })

  it('no longer gives out what a forced move or a deletion left behind, not even to who is reading it', async () => {
    await rig.imported()
    const [pack] = await rig.store.inventory(id)
    const packId = pack?.packId ?? ''
    const main = git(rig.source, ['rev-parse', 'main'])
    const tree = git(rig.source, ['rev-parse', 'main^{tree}'])
    const before = git(rig.source, ['rev-list', '--max-parents=0', 'main']).split('\n')[0] ?? ''
    const closure = { wants: [main], haves: [], filter: 'closure' as const, thin: false }
    const reader = await rig.store.openObjects(id, closure)
    expect(await rig.store.readPack(reader.reader, 100)).toHaveLength(100)
    expect(await rig.store.chunk(id, packId, 0)).toHaveLength(256 * 1024)
    await rig.store.transact({
      repository: id,
      refs: rig.refs.map(({ name }) => ({ name, oid: name === 'refs/heads/main' ? before : null })),
    })
    await expect(rig.store.readPack(reader.reader, 100)).rejects.toBeInstanceOf(NotServedError)
    expect(await rig.store.inventory(id)).toEqual([])
    await expect(rig.store.chunk(id, packId, 0)).rejects.toBeInstanceOf(NotServedError)
    await expect(rig.store.manifest(id, packId)).rejects.toBeInstanceOf(NotServedError)
    for (const want of [main, tree]) {
      for (const filter of ['closure', 'objects', 'snapshot'] as const) {
        const request = { wants: [want], haves: [], filter, thin: false }
        await expect(rig.store.openObjects(id, request)).rejects.toBeInstanceOf(NotServedError)
      }
    }
    const rest = await rig.store.openObjects(id, { wants: [before], haves: [main], filter: 'closure', thin: true })
    const count = git(rig.source, ['rev-list', '--objects', '--no-object-names', before]).split('\n').length
    // A have that is here but not shared tells nothing.
    expect(rest.objects).toBe(count)
    await rig.store.transact({ repository: id, refs: rig.refs })
    expect((await rig.store.inventory(id)).map((entry) => entry.packId)).toEqual([packId])
    // Signed refs that are held count as shared.
    await rig.store.transact({
      repository: id,
      refs: rig.refs.map(({ name }) => ({ name, oid: null })),
      signedRefs: [{ ...writer, highestSeen: 1, refs: rig.refs }],
    })
    expect((await rig.store.inventory(id)).map((entry) => entry.packId)).toEqual([packId])
    // Of who does not share any more they are kept, and do not; which another transaction does not change.
    const again = await rig.store.openObjects(id, closure)
    await rig.store.transact({ repository: id, sharing: ['bo'] })
    await rig.store.transact({ repository: id, settings: new Uint8Array([1]) })
    await rig.reopen()
    expect(await rig.store.inventory(id)).toEqual([])
    await expect(rig.store.openObjects(id, closure)).rejects.toBeInstanceOf(NotServedError)
    await expect(rig.store.readPack(again.reader, 100)).rejects.toThrow()
    expect(await rig.store.signedRefs(id)).toMatchObject([{ identity: 'ana', refs: rig.refs }])
    expect((await rig.store.repository(id))?.sharing).toEqual(['bo'])
    await rig.store.transact({ repository: id, sharing: ['bo', 'ana'] })
    expect((await rig.store.inventory(id)).map((entry) => entry.packId)).toEqual([packId])
    await expect(rig.store.transact({ repository: id, sharing: ['../ana'] })).rejects.toBeInstanceOf(TypeError)
  })

  it('gives trees and blobs that branches reach, and a snapshot', async () => {
    await rig.imported()
    const blob = git(rig.source, ['rev-parse', 'main:README.md'])
    const tree = git(rig.source, ['rev-parse', 'main^{tree}'])
    const main = git(rig.source, ['rev-parse', 'main'])
    const objects = await rig.store.openObjects(id, { wants: [blob, tree], haves: [], filter: 'objects', thin: false })
    expect(await oidsIn(await readAll(rig.store, objects))).toEqual([blob, tree].sort())
    const snapshot = await rig.store.openObjects(id, { wants: [], haves: [], filter: 'snapshot', thin: false })
    expect(await oidsIn(await readAll(rig.store, snapshot))).toEqual([blob, main, tree].sort())
  })

  it('gives every object of HEAD, of other branches and of history, and none else', async () => {
    await rig.imported()
    const ask = async (wants: Oid[]) => {
      const { objects, reader } = await rig.store.openObjects(id, { wants, haves: [], filter: 'objects', thin: false })
      await rig.store.closeReader(reader)
      return objects
    }
    const oids = (args: string[]) => [...new Set(git(rig.source, args).split('\n'))]
    const head = oids(['ls-tree', '-r', '-t', '--format=%(objecttype) %(objectname)', 'main'])
      .filter((line) => !line.startsWith('commit'))
      .map((line) => line.slice(-40))
    const files = [...new Set(head)].slice(0, 1024)
    expect(await ask(files)).toBe(files.length)
    const all = oids(['rev-list', '--objects', '--no-object-names', '--all'])
    const rest = all.filter((oid) => !files.includes(oid)).slice(0, 1024)
    expect(await ask(rest)).toBe(rest.length)
    await expect(ask(['1'.repeat(40)])).rejects.toBeInstanceOf(NotServedError)
  })

  it('leaves a README out of the snapshot that is more than one screen would show', async () => {
    for (const [name, size, objects] of [
      ['README.txt', 1024 * 1024, 3],
      ['readme', 1024 * 1024 + 1, 2],
    ] as const) {
      const author = { name: 'Ana', email: 'ana@example.org', time: 1_700_000_000, offset: 60 }
      const changes = [{ path: name, content: new Uint8Array(size).fill(0x61) }]
      const request = { ref: 'refs/heads/main', parent: null, changes, author, message: 'Long' }
      const repository = `repository-${name.replace('.', '-')}`
      const staged = await rig.store.importFiles(repository, request)
      await rig.admit(rig.store, repository, { ...staged, head: 'refs/heads/main' })
      const snapshot = { wants: [], haves: [], filter: 'snapshot' as const, thin: false }
      expect((await rig.store.openObjects(repository, snapshot)).objects).toBe(objects)
    }
  })

  it('refuses one want and one have too many', async () => {
    await rig.imported()
    const main = git(rig.source, ['rev-parse', 'main'])
    const ask = (wants: number, haves: number) => ({
      wants: Array<string>(wants).fill(main),
      haves: Array<string>(haves).fill(main),
      filter: 'closure' as const,
      thin: false,
    })
    expect((await rig.store.openObjects(id, ask(1024, 4096))).objects).toBe(0)
    await expect(rig.store.openObjects(id, ask(1024 + 1, 0))).rejects.toBeInstanceOf(LimitError)
    await expect(rig.store.openObjects(id, ask(1, 4096 + 1))).rejects.toBeInstanceOf(LimitError)
  })

  it('answers as stock git does which commits reach which', async () => {
    await rig.imported()
    const commits = git(rig.source, ['rev-list', '--all']).split('\n')
    const pick = (n: number) => commits[(n * 7919) % commits.length] as string
    for (let n = 0; n < 12; n++) {
      const [a, b, c] = [pick(n), pick(n * 3 + 1), pick(n * 5 + 2)] as const
      const known = git(rig.source, ['merge-base', '--all', a, b]).split('\n')
      expect(known).toContain(await rig.store.mergeBase(id, a, b))
      expect((await rig.store.mergeBases(id, a, b)).sort()).toEqual(known.sort())
      expect(await rig.store.isAncestor(id, a, b)).toBe(known.includes(a))
      const best = git(rig.source, ['merge-base', '--independent', a, b, c]).split('\n').sort()
      expect((await rig.store.independent(id, [a, b, c, a])).sort()).toEqual(best)
    }
  })

  it('asks what more is there where much would be sent again, and then sends little', async () => {
    await rig.imported()
    const parent = git(rig.source, ['rev-parse', 'main~3'])
    const author = { name: 'Ana', email: 'ana@example.org', time: 1_700_000_000, offset: 60 }
    const commit = async (path: string) => {
      const changes = [{ path, content: new TextEncoder().encode(path) }]
      const made = await rig.store.stageCommit(id, { ref: 'refs/heads/main', parent, changes, author, message: path })
      return { ...made, refs: [{ name: 'refs/heads/main', oid: made.commit }] }
    }
    const clone = await rig.open(await rig.newPlace(), new ProcessLocks())
    await rig.admit(clone.store, id, await clone.store.importBundle(id, rig.bundle))
    // It was moved back and on here, and all else was deleted: no tip is known to both.
    const { commit: tip, staging, refs } = await commit('here')
    const rest = rig.refs.map(({ name }) => ({ name, oid: null })).filter(({ name }) => name !== 'refs/heads/main')
    await rig.store.transact({ repository: id, refs: [...rest, ...refs], admit: [staging] })
    const haves = rig.refs.map(({ oid }) => oid)
    const request = { wants: [tip], haves, filter: 'closure' as const, thin: true }
    const negotiated = { ...request, negotiate: true }
    await expect(rig.store.openObjects(id, negotiated)).rejects.toBeInstanceOf(MoreHavesError)
    const all = (await rig.store.openObjects(id, request)).objects
    expect(all).toBeGreaterThan(NEGOTIATED_OBJECTS)
    // Not where all is known, whatever it is, nor where it is little.
    const [root] = git(rig.source, ['rev-list', '--max-parents=0', 'main']).split('\n')
    expect((await rig.store.openObjects(id, { ...negotiated, haves: [] })).objects).toBeGreaterThan(NEGOTIATED_OBJECTS)
    expect((await rig.store.openObjects(id, { ...negotiated, haves: [root ?? ''] })).objects).toBeGreaterThan(100)
    expect((await rig.store.openObjects(id, { ...negotiated, haves: [...haves, parent] })).objects).toBe(3)
    const more = await clone.store.skippedHaves(id, haves)
    expect(more.length).toBeLessThan(Number(git(rig.source, ['rev-list', '--all', '--count'])))
    const reader = await rig.store.openObjects(id, { ...negotiated, negotiate: false, haves: more })
    expect(reader.objects).toBeLessThan(all / 2)
    const staged = await sendPack(clone.store, id, await readAll(rig.store, reader), refs)
    await clone.store.transact({ repository: id, refs: [...rest, ...refs], admit: [staged.staging] })
    expect(await clone.store.tree(id, tip, '')).toEqual(await rig.store.tree(id, tip, ''))
  })

  it('sends what wants reach and haves do not, over any wants and haves', async () => {
    await rig.imported()
    const commits = git(rig.source, ['rev-list', '--all']).split('\n')
    const pick = (n: number) => commits[(n * 104729) % commits.length] as string
    const objects = (args: string[]) =>
      new Set(
        git(rig.source, ['rev-list', '--objects', '--no-object-names', ...args])
          .split('\n')
          .filter(Boolean),
      )
    for (let n = 0; n < 8; n++) {
      const [wants, haves] = [
        [pick(n), pick(n + 9)],
        [pick(n * 3 + 2), pick(n * 11 + 5)],
      ]
      const reader = await rig.store.openObjects(id, { wants, haves, filter: 'closure', thin: false })
      const sent = await oidsIn(await readAll(rig.store, reader))
      const needed = objects([...wants, ...haves.map((have) => `^${have}`)])
      const allowed = objects(wants)
      expect([...needed].filter((oid) => !sent.includes(oid))).toEqual([])
      expect(sent.filter((oid) => !allowed.has(oid))).toEqual([])
    }
  })
}
