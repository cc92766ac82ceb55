import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { git } from '../fixtures/git.ts'
import { judgeBundle, noDifference } from '../fixtures/oracle.ts'
import { Random } from '../fixtures/random.ts'
import { startBrowser } from './browser-process.ts'
import { expect, harnessOf, saveBundle, test, visit } from './rig.ts'

const DATABASE = 'guts-git'
const nothing = {
  chunks: 0,
  indexes: 0,
  looseObjects: 0,
  partialObjects: 0,
  packs: 0,
  refs: 0,
  repositories: 0,
  signedRefs: 0,
}

test("every backend's suite holds in a browser's IndexedDB", async ({ store }) => {
  const outcomes = await store.evaluate(async () => await globalThis.storeHarness.runSuite())
  expect(outcomes.filter(({ error }) => error !== null)).toEqual([])
  expect(outcomes.length).toBeGreaterThan(20)
})

test('a bundle goes in and out of the worker unchanged, and is there after a reload', async ({ store, site }, info) => {
  const imported = await harnessOf(store)('import', 'one', 'source.bundle')
  info.annotations.push({ type: 'import', description: JSON.stringify(imported) })
  expect(judgeBundle(await saveBundle(store, 'one', site.folder), site.source)).toEqual(noDifference)
  await store.reload()
  await store.evaluate(async () => await globalThis.storeHarness.open())
  expect(judgeBundle(await saveBundle(store, 'one', site.folder), site.source)).toEqual(noDifference)
  await store.evaluate(async () => await globalThis.storeHarness.store().removeRepository('one'))
  expect(await harnessOf(store)('rows', DATABASE)).toEqual(nothing)
})

test('a base pack goes from one database to another, chunk by chunk, and on after a reload', async ({
  store,
  site,
}, info) => {
  await harnessOf(store)('import', 'one', 'source.bundle')
  const half = await harnessOf(store)('clone', 'one', 'copy', 0.5)
  expect(half.done).toBe(false)
  await store.reload()
  await store.evaluate(async () => await globalThis.storeHarness.open())
  const whole = await harnessOf(store)('clone', 'one', 'copy', 1)
  expect(whole).toMatchObject({ done: true, skipped: half.fetched })
  info.annotations.push({ type: 'clone', description: JSON.stringify(whole) })
  await store.evaluate(async () => await globalThis.storeHarness.store().close())
  await store.evaluate(async () => await globalThis.storeHarness.open('copy'))
  expect(judgeBundle(await saveBundle(store, 'one', site.folder), site.source)).toEqual(noDifference)
})

test('the page stays alive while the worker imports', async ({ store }, info) => {
  const { longestTask, milliseconds, objects } = await harnessOf(store)('import', 'one', 'source.bundle')
  info.annotations.push({
    type: 'longest task',
    description: `${longestTask} ms of ${milliseconds}, ${objects} objects`,
  })
  expect(longestTask).toBeLessThan(200)
})

test('two tabs see what the other did, and only one wins a race', async ({ store, context, site }) => {
  await harnessOf(store)('import', 'one', 'source.bundle')
  const second = await context.newPage()
  await visit(second, site)
  const main = git(site.source, ['rev-parse', 'main'])
  const read = async () => await second.evaluate(async () => await globalThis.storeHarness.store().repository('one'))
  expect((await read())?.generation).toBe(1)
  const move = async (name: string) => {
    const transaction = { repository: 'one', refs: [{ name: `refs/heads/${name}`, oid: main }] }
    await store.evaluate(async (given) => await globalThis.storeHarness.store().transact(given), transaction)
  }
  await move('x')
  expect((await read())?.refs.map(({ name }) => name)).toContain('refs/heads/x')
  await expect.poll(async () => await second.evaluate(() => globalThis.storeHarness.heard)).toContain('one')
  const racing = [store, second].map(async (page, n) => {
    return await page.evaluate(
      async ([given, number]) => {
        const refs = [{ name: `refs/heads/race-${number}`, oid: given }]
        try {
          await globalThis.storeHarness.store().transact({ repository: 'one', expect: { generation: 2 }, refs })
          return 'won'
        } catch (error) {
          return (error as Error).name
        }
      },
      [main, n] as const,
    )
  })
  expect((await Promise.all(racing)).sort()).toEqual(['TransactionConflictError', 'won'])
})

test('a browser that is killed in the middle of an import has what was there, or what was to be', async ({ site }) => {
  const seed = Number(process.env.GUTS_SEED ?? Date.now() % 100_000)
  const random = new Random(seed)
  const profile = mkdtempSync(join(site.folder, 'profile-'))
  const first = await startBrowser(profile)
  await visit(first.page, site)
  const { milliseconds } = await harnessOf(first.page)('import', 'measure', 'source.bundle')
  await first.page.evaluate(async () => await globalThis.storeHarness.store().removeRepository('measure'))
  await first.stop()
  const ends = new Set<string>()
  for (let kill = 0; kill < (process.env.GUTS_LONG === '1' ? 40 : 3); kill++) {
    const victim = await startBrowser(profile)
    await visit(victim.page, site)
    const dying = harnessOf(victim.page)('import', 'victim', 'source.bundle').catch(() => null)
    await new Promise((resolve) => setTimeout(resolve, random.int(Math.ceil(milliseconds * 1.2))))
    await victim.kill()
    await dying
    const next = await startBrowser(profile)
    await visit(next.page, site)
    const found = await next.page.evaluate(async () => await globalThis.storeHarness.store().repository('victim'))
    ends.add(found === undefined ? 'before' : 'after')
    if (found === undefined) {
      expect(await harnessOf(next.page)('rows', DATABASE), `GUTS_SEED=${seed}, kill ${kill}`).toEqual(nothing)
    } else {
      expect(judgeBundle(await saveBundle(next.page, 'victim', site.folder), site.source)).toEqual(noDifference)
      await next.page.evaluate(async () => await globalThis.storeHarness.store().removeRepository('victim'))
    }
    await next.stop()
  }
  test.info().annotations.push({ type: 'kills', description: `GUTS_SEED=${seed}: ${[...ends].join(' and ')}` })
})

test('a full disk refuses the import, and leaves what was there', async ({ store, context, site }) => {
  const session = await context.newCDPSession(store)
  const origin = new URL(site.url).origin
  // Before the first write: Chromium goes on with the room that it found for a while.
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 6_000_000 })
  await harnessOf(store)('import', 'one', 'source.bundle')
  const failed = await store.evaluate(async () => {
    const blob = await (await fetch('source.bundle')).blob()
    const bytes = new Uint8Array(await blob.arrayBuffer())
    const writer = await globalThis.storeHarness.store().openPackWriter('two')
    try {
      const at = new TextDecoder('latin1').decode(bytes).indexOf('PACK')
      for (let from = at; from < bytes.length; from += 500_000) {
        await globalThis.storeHarness.store().writePack(writer, bytes.slice(from, from + 500_000))
      }
      await globalThis.storeHarness.store().finishPack(writer)
      return 'stored'
    } catch (error) {
      return (error as Error).name
    }
  })
  expect(failed).toBe('QuotaError')
  expect(judgeBundle(await saveBundle(store, 'one', site.folder), site.source)).toEqual(noDifference)
  await session.send('Storage.overrideQuotaForOrigin', { origin })
  const packs = (await harnessOf(store)('rows', DATABASE)).packs
  expect(packs).toBe(1)
})

test('a newer version of the database makes an open tab say so, at once', async ({ store }) => {
  const upgraded = await store.evaluate(
    async (name) =>
      await new Promise<string>((resolve) => {
        const opening = indexedDB.open(name, 1000)
        opening.onsuccess = () => {
          opening.result.close()
          resolve('upgraded')
        }
        opening.onerror = () => resolve('refused')
      }),
    DATABASE,
  )
  expect(upgraded).toBe('upgraded')
  const error = await store.evaluate(
    async () =>
      await globalThis.storeHarness
        .store()
        .repositories()
        .catch((failure: Error) => failure.name),
  )
  expect(error).toBe('DatabaseClosedError')
  await store.reload()
  const opening = await store.evaluate(
    async () =>
      await globalThis.storeHarness.open().then(
        () => 'open',
        (failure: Error) => failure.name,
      ),
  )
  expect(opening).toBe('DatabaseClosedError')
})
