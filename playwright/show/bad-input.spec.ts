import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Page } from '@playwright/test'

import { git } from '../fixtures/git.ts'
import * as bad from '../fixtures/hostile.ts'
import { hostileRepository } from '../fixtures/hostile-trees.ts'
import { downloadBundle, expectFiles, importBundle, openApp } from '../support/actions.ts'
import { expect, test } from '../support/test.ts'

let root: string
let made = 0

test.beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bad-input-'))
})
test.afterAll(() => rmSync(root, { recursive: true, force: true }))

function fresh(): string {
  return join(root, String(made++))
}

function freshDir(): string {
  return mkdtempSync(join(root, 'source-'))
}

async function refused(page: Page, words: RegExp): Promise<void> {
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('alert')).toContainText(words, { timeout: 60_000 })
  await expect(dialog).toContainText('Nothing was kept of it')
  await dialog.getByText('Close', { exact: true }).click()
}

const BUNDLES: Array<[what: string, make: () => string, words: RegExp]> = [
  ['a file that is no bundle', () => bad.notABundle(freshDir()), /not a git bundle|no git bundle/i],
  ['an empty file', () => bad.emptyFile(freshDir()), /empty|not a git bundle|no git bundle/i],
  ['a truncated bundle', () => bad.truncatedBundle(freshDir()), /cut|truncated|incomplete|ends/i],
  ['a corrupted bundle', () => bad.corruptedBundle(freshDir()), /damaged|corrupt|does not match|not what/i],
  ['a bundle with prerequisites', () => bad.bundleWithPrerequisites(freshDir()).file, /git bundle create/],
  ['a SHA-256 bundle', () => bad.sha256Bundle(freshDir()), /SHA-?256/i],
  ['a partial bundle', () => bad.partialBundle(freshDir()), /partial|filter/i],
]

const FOLDERS: Array<[what: string, make: () => string, words: RegExp]> = [
  ['a folder without .git', () => bad.plainFolder(fresh()), /git bundle create/],
  ['a SHA-256 repository', () => bad.sha256Repository(fresh()), /SHA-?256/i],
  ['a reftable repository', () => bad.reftableRepository(fresh()), /reftable/],
  ['a shallow clone', () => bad.shallowRepository(freshDir()), /unshallow/],
  ['a partial clone', () => bad.partialRepository(freshDir()), /partial clone/],
  ['.git as a file', () => bad.worktree(freshDir()), /linked worktree/],
  ['alternates', () => bad.alternatesRepository(freshDir()), /alternates|another repository|borrows/i],
  ['an empty repository', () => bad.emptyRepository(fresh()), /no commits/],
  ['a missing object', () => bad.missingObjectRepository(fresh()).path, /git fsck/],
  ['a corrupted object', () => bad.corruptedLooseRepository(fresh()).path, /git fsck/],
  ['an object beyond the limit', () => bad.hugeFileRepository(fresh()), /100 MiB/],
]

test('what cannot be imported says what happened and what to do, and loses nothing', async ({ relay, newPerson }) => {
  test.setTimeout(300_000)
  const { page } = await newPerson()
  await openApp(page, relay.url)
  await importBundle(page, bad.bundleOf(bad.plainRepository(fresh(), 2), join(root, 'kept.bundle')))
  await page.getByRole('link', { name: /all repositories/ }).click()
  const before = await page.getByRole('main').getByRole('listitem').count()
  for (const [what, make, words] of BUNDLES) {
    await test.step(what, async () => {
      await page.getByLabel('Git bundle file').setInputFiles(make())
      await refused(page, words)
    })
  }
  for (const [what, make, words] of FOLDERS) {
    await test.step(what, async () => {
      await page.getByLabel('Folder with a repository').setInputFiles(make())
      await refused(page, words)
    })
  }
  expect(await page.getByRole('main').getByRole('listitem').count()).toBe(before)
  await page.reload()
  await page.getByRole('link', { name: /kept/ }).first().click()
  await expectFiles(page)
})

test('what is odd but sound is taken, and shown as what it is', async ({ relay, newPerson }) => {
  test.setTimeout(180_000)
  const { page } = await newPerson()

  await test.step('hostile paths are inert', async () => {
    await openApp(page, relay.url)
    await page.getByLabel('Folder with a repository').setInputFiles(hostileRepository(fresh()))
    await expectFiles(page)
    await expect(page.getByLabel('Unsafe name').first()).toBeVisible()
    await expect(
      page.getByRole('region', { name: 'Files' }).getByRole('link', { name: '.git', exact: true }),
    ).toHaveCount(0)
  })

  await test.step('submodules and LFS pointers', async () => {
    await openApp(page, relay.url)
    await page.getByLabel('Folder with a repository').setInputFiles(bad.submoduleRepository(freshDir()))
    await expectFiles(page)
    await page.getByRole('link', { name: 'vendor', exact: true }).click()
    await expect(page.getByText(/submodule at/)).toBeVisible()
    await openApp(page, relay.url)
    await page.getByLabel('Folder with a repository').setInputFiles(bad.lfsRepository(fresh()))
    await expectFiles(page)
    await page.getByRole('link', { name: 'model.bin', exact: true }).click()
    await expect(page.getByText(/This file is kept in git-lfs/)).toBeVisible()
  })

  await test.step('a detached HEAD', async () => {
    await openApp(page, relay.url)
    await page.getByLabel('Folder with a repository').setInputFiles(bad.detachedRepository(fresh()))
    await expectFiles(page)
  })
})

test('a secret that was amended away never leaves the folder', async ({ relay, newPerson }) => {
  const { page } = await newPerson()
  const { path, secrets } = bad.packedSecretRepository(fresh())
  await openApp(page, relay.url)
  await page.getByLabel('Folder with a repository').setInputFiles(path)
  await expectFiles(page)
  const bundle = await downloadBundle(page)
  const clone = fresh()
  git(root, ['clone', '-q', '--mirror', bundle, clone])
  const objects = git(clone, ['cat-file', '--batch-all-objects', '--batch-check=%(objectname)']).split('\n')
  expect(objects.length).toBeGreaterThan(2)
  for (const secret of secrets) expect(objects).not.toContain(secret)
})

test('links: broken, unknown, and without a holder', async ({ relay, newPerson }) => {
  const { page } = await newPerson()
  await openApp(page, relay.url)
  await page.getByRole('button', { name: 'Paste a link' }).click()
  await page.getByRole('textbox', { name: 'Link to a repository' }).fill('https://example.org/holiday')
  await page.getByRole('button', { name: 'Open', exact: true }).click()
  await expect(page.getByRole('alert')).toContainText('no link to a repository')
  await page.goto(`${relay.url}/#/${'A'.repeat(43)}`)
  await expect(page.getByText('Nobody who has this repository is online')).toBeVisible({ timeout: 30_000 })
  await expect(page.getByText('Leave this page open: it continues by itself.')).toBeVisible()
})

test('a clone without a holder goes on by itself when one appears', async ({ relay, newPerson }) => {
  test.setTimeout(180_000)
  const ana = await newPerson()
  await openApp(ana.page, relay.url)
  await importBundle(ana.page, bad.bundleOf(bad.plainRepository(fresh(), 3), join(root, 'later.bundle')))
  const link = await ana.page.evaluate(() => location.href)
  await ana.page.goto('about:blank')
  const bo = await newPerson()
  await bo.page.goto(link)
  await expect(bo.page.getByText('Nobody who has this repository is online')).toBeVisible({ timeout: 30_000 })
  await ana.page.goto(relay.url)
  await expectFiles(bo.page, 60_000)
})

test('a relay that is down when the page starts, and comes later', async ({ ownRelay, newPerson }) => {
  test.setTimeout(180_000)
  const { page } = await newPerson()
  await openApp(page, ownRelay.url)
  await expect(page.getByText('The meeting point is unreachable')).toHaveCount(0)
  await ownRelay.kill()
  await expect(page.getByText(/The meeting point is unreachable/)).toBeVisible({ timeout: 30_000 })
  await ownRelay.restart()
  await expect(page.getByText(/The meeting point is unreachable/)).toBeHidden({ timeout: 30_000 })
})
