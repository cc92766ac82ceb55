import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { AlreadyHereError, NotMaintainerError } from '../errors.ts'
import { git, inTemporaryFolder, makeSource } from './testing/git.ts'
import { createParty, isReady, until } from './testing/world.ts'
import type { ImportSource, KnownRepository } from '../types.ts'

const party = createParty()
afterEach(() => party.stop())

/** What `git bundle create` makes of the source as it is now. */
async function bundleOf(source: string, name = 'source'): Promise<ImportSource> {
  const path = join(source, '..', `${name}.bundle`)
  await git(source, 'bundle', 'create', '-q', path, 'HEAD', '--branches', '--tags')
  return { kind: 'bundle', file: new Blob([new Uint8Array(await readFile(path))]), name }
}

async function commit(source: string, file: string): Promise<string> {
  await writeFile(join(source, file), file)
  await git(source, 'add', '-A')
  await git(source, 'commit', '-q', '-m', file)
  return (await git(source, 'rev-parse', 'HEAD')).trim()
}

test('what is here already is asked about before anything is stored, and "no" leaves nothing', () =>
  inTemporaryFolder(async (folder) => {
    const source = await makeSource(folder, { commits: 4 })
    const ana = await party.member()
    const asked: KnownRepository[] = []
    const answer = (more: boolean) => ({
      onKnown: async (known: KnownRepository) => {
        asked.push(known)
        return more
      },
    })
    const { token } = await ana.sync.create(await bundleOf(source), answer(false))
    expect(asked).toEqual([])

    // The same, whatever it is called and wherever it comes from.
    const again = await bundleOf(source, 'other-name')
    await expect(ana.sync.create(again, answer(false))).rejects.toBeInstanceOf(AlreadyHereError)
    expect(asked).toEqual([{ token, news: [] }])

    // Newer, and older.
    await commit(source, 'newer.txt')
    await git(source, 'branch', 'fresh')
    await git(source, 'branch', 'odd\u202e')
    await expect(ana.sync.create(await bundleOf(source), answer(false))).rejects.toMatchObject({ token })
    expect(asked.at(-1)).toEqual({ token, news: ['fresh', 'main'] })
    await git(source, 'reset', '-q', '--hard', 'HEAD~2')
    await git(source, 'branch', '-D', 'fresh')
    await expect(ana.sync.create(await bundleOf(source), answer(false))).rejects.toMatchObject({ token })
    expect(asked.at(-1)).toEqual({ token, news: [] })
    expect(ana.sync.repositories()).toHaveLength(1)
    expect((await ana.store.repositories()).map(({ id }) => id)).toEqual([token])

    // Both went on: two histories. (The tag would still reach where the one that is here is.)
    await git(source, 'tag', '-d', 'light')
    await commit(source, 'aside.txt')
    const count = asked.length
    const second = await ana.sync.create(await bundleOf(source), answer(false))
    expect(asked).toHaveLength(count)
    expect(second.token).not.toBe(token)

    // And who wants a second one has it.
    const third = await ana.sync.create(await bundleOf(source), answer(true))
    expect(asked.at(-1)?.token).toBe(second.token)
    expect(ana.sync.repositories().map((repository) => repository.token)).toEqual([token, second.token, third.token])
  }))

test('an import that is cancelled while it is asked about leaves nothing', () =>
  inTemporaryFolder(async (folder) => {
    const source = await makeSource(folder, { commits: 3 })
    const ana = await party.member()
    const { token } = await ana.sync.create(await bundleOf(source))
    const controller = new AbortController()
    const reason = new Error('Not now')
    const importing = ana.sync.create(await bundleOf(source), {
      signal: controller.signal,
      onKnown: async () => {
        controller.abort(reason)
        return false
      },
    })
    await expect(importing).rejects.toBe(reason)
    expect((await ana.store.repositories()).map(({ id }) => id)).toEqual([token])
  }))

test('an update brings what is new, goes on where branches were, and moves nothing otherwise', () =>
  inTemporaryFolder(async (folder) => {
    const source = await makeSource(folder, { commits: 4 })
    const ana = await party.member()
    const { token } = await ana.sync.create(await bundleOf(source))
    const before = ana.sync.repository(token)?.refs ?? []
    expect(await ana.sync.update(token, await bundleOf(source))).toEqual({ moved: [], left: [] })

    const main = await commit(source, 'newer.txt')
    await git(source, 'branch', 'fresh')
    await git(source, 'tag', '-f', 'light')
    // Its name would show as another: it stays outside, as in an import.
    await git(source, 'branch', 'odd\u202e')
    // Rewritten there: what is here stays.
    await git(source, 'checkout', '-q', 'feature')
    await git(source, 'commit', '-q', '--amend', '-m', 'Amended')
    const outcome = await ana.sync.update(token, await bundleOf(source))
    expect(outcome.moved.toSorted()).toEqual(['refs/heads/fresh', 'refs/heads/main'])
    expect(outcome.left.toSorted()).toEqual(['refs/heads/feature', 'refs/tags/light'])
    const after = new Map(ana.sync.repository(token)?.refs.map(({ name, oid }) => [name, oid]))
    expect(after.get('refs/heads/main')).toBe(main)
    expect(after.get('refs/heads/fresh')).toBe(main)
    for (const { name, oid } of before) if (name !== 'refs/heads/main') expect(after.get(name)).toBe(oid)

    // An older source moves nothing, and has nothing that is not here.
    await git(source, 'checkout', '-q', 'main')
    await git(source, 'reset', '-q', '--hard', 'HEAD~1')
    await git(source, 'branch', '-D', 'feature')
    await git(source, 'tag', '-d', 'light')
    expect(await ana.sync.update(token, await bundleOf(source))).toEqual({ moved: [], left: [] })
  }))

test('an update reaches those who have a copy, and who is no maintainer cannot make one', () =>
  inTemporaryFolder(async (folder) => {
    const source = await makeSource(folder, { commits: 3 })
    const ana = await party.member({ name: 'Ana' })
    const bo = await party.member({ name: 'Bo' })
    const { token } = await ana.sync.create(await bundleOf(source))
    await bo.peer.dial(ana.peer)
    await bo.sync.open(ana.sync.link(token))
    await until(bo.sync, token, isReady)
    const main = await commit(source, 'newer.txt')
    await expect(bo.sync.update(token, await bundleOf(source))).rejects.toBeInstanceOf(NotMaintainerError)
    await ana.sync.update(token, await bundleOf(source))
    await until(bo.sync, token, ({ refs }) => refs.some(({ name, oid }) => name === 'refs/heads/main' && oid === main))
  }))

test('a source that goes wrong changes nothing', () =>
  inTemporaryFolder(async (folder) => {
    const source = await makeSource(folder, { commits: 3 })
    const ana = await party.member()
    const { token } = await ana.sync.create(await bundleOf(source))
    const { refs } = ana.sync.repository(token) ?? {}
    const broken: ImportSource = { kind: 'bundle', file: new Blob(['# v2 git bundle\n']), name: 'broken' }
    await expect(ana.sync.update(token, broken)).rejects.toThrow()
    expect(ana.sync.repository(token)?.refs).toEqual(refs)
  }))
