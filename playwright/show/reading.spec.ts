import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { git } from '../fixtures/git.ts'
import { bundleOf, commitFile } from '../fixtures/hostile.ts'
import { expectCloned, importBundle, openApp, shareLink, tokenOf } from '../support/actions.ts'
import { expect, test } from '../support/test.ts'

let dir: string
let bundle: string
let second: string

test.beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'reading-'))
  git(dir, ['init', '-q', '-b', 'main', '.'])
  mkdirSync(join(dir, 'src'))
  commitFile(
    dir,
    'README.md',
    '# Lanterns\n\n| part | light |\n|---|---|\n| wick | warm |\n\n[The source](src/flame.ts)\n',
    'Say what it is',
  )
  second = commitFile(dir, 'src/flame.ts', 'export const warmth = 1\n// glows\nexport const light = "on"\n', 'Glow')
  git(dir, ['tag', '-a', 'v1.0', '-m', 'First light'])
  git(dir, ['branch', 'feature/dim'])
  commitFile(dir, 'src/flame.ts', 'export const warmth = 2\n// glows\nexport const light = "on"\n', 'Glow more')
  git(dir, ['checkout', '-q', 'feature/dim'])
  commitFile(dir, 'src/dim.ts', 'export const dim = true\n', 'Dim')
  git(dir, ['checkout', '-q', 'main'])
  bundle = bundleOf(dir, join(dir, 'lanterns.bundle'))
})
test.afterAll(() => rmSync(dir, { recursive: true, force: true }))

test('every file, line range, commit and ref that arrived has an address', async ({ relay, newPerson }) => {
  const ana = await newPerson()
  await openApp(ana.page, relay.url)
  await importBundle(ana.page, bundle)
  const link = await shareLink(ana.page)
  const { page } = await newPerson()
  const csp: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) csp.push(message.text())
  })
  await page.goto(link)
  await expectCloned(page)
  const root = `${relay.url}/#/${tokenOf(link)}`

  await test.step('the README is rendered, and its links lead on', async () => {
    await expect(page.getByRole('heading', { name: 'Lanterns' })).toBeVisible()
    await expect(page.getByRole('cell', { name: 'warm', exact: true })).toBeVisible()
    await page.getByRole('link', { name: 'The source' }).click()
    await expect(page.getByText('export const warmth = 2')).toBeVisible()
    expect(page.url()).toBe(`${root}/blob/main/src/flame.ts`)
  })

  await test.step('code is highlighted, and a line has an address', async () => {
    // Ranges that the browser paints (CSS Custom Highlight API): the text itself stays plain.
    await expect.poll(async () => await page.evaluate(() => CSS.highlights.size)).toBeGreaterThan(0)
    await page.getByRole('link', { name: 'Line 2', exact: true }).click()
    await expect(page).toHaveURL(`${root}/blob/main/src/flame.ts?L=2`)
    await page.goto(`${root}/blob/main/src/flame.ts?L=2-3`)
    await page.reload()
    await expect(page.getByText('export const light = "on"')).toBeInViewport()
  })

  await test.step('branches and tags', async () => {
    await page.goto(root)
    await page.getByRole('button', { name: /^Branch:/ }).click()
    await page.getByRole('link', { name: 'feature/dim' }).click()
    await page.getByRole('link', { name: 'src', exact: true }).click()
    await expect(page).toHaveURL(`${root}/tree/feature%2Fdim/src`)
    await expect(page.getByRole('link', { name: 'dim.ts', exact: true })).toBeVisible()
    await page.goto(`${root}/blob/v1.0/src/flame.ts`)
    await expect(page.getByText('export const warmth = 1')).toBeVisible()
  })

  await test.step('the commits, and one with its diff', async () => {
    await page.goto(`${root}/commits/main`)
    await page.getByRole('link', { name: 'Glow more' }).click()
    const changes = page.getByRole('table', { name: 'Changes in src/flame.ts' })
    await expect(changes.getByText('export const warmth = 1')).toBeVisible()
    await expect(changes.getByText('export const warmth = 2')).toBeVisible()
    await page.goto(`${root}/commit/${second.slice(0, 8)}`)
    await expect(page.getByRole('heading', { name: 'Glow' })).toBeVisible()
    await page.goto(`${root}/compare/main...feature%2Fdim`)
    await expect(page.getByRole('table', { name: 'Changes in src/dim.ts' })).toBeVisible()
  })

  await test.step('what is not there is said', async () => {
    await page.goto(`${root}/blob/main/nothing.ts`)
    await expect(page.getByRole('alert')).toContainText('nothing.ts')
    await page.goto(`${root}/tree/no-such-branch`)
    await expect(page.getByRole('alert')).toContainText('no-such-branch')
  })
  expect(csp).toEqual([])
})
