import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { bundleOf } from '../fixtures/hostile.ts'
import { git } from '../fixtures/git.ts'
import { expect, test } from '../support/test.ts'
import { LONG_FILE_LINES, makeReadable, type Readable } from './readable.ts'
import { reader } from './reader.ts'

let source: Readable
let bundle: string

test.beforeAll(async () => {
  source = await makeReadable(mkdtempSync(join(tmpdir(), 'readable-')))
  bundle = bundleOf(source.dir, join(source.dir, 'readable.bundle'))
})

test.afterAll(() => rmSync(source.dir, { recursive: true, force: true }))

test('every folder, file, line, commit and comparison opens by its address', async ({ relay, newPerson }) => {
  const ana = await newPerson()
  const { base, open, go, complaints } = await reader(ana.context, ana.page, relay.url, bundle)

  await test.step('a folder: its entries, the last commit of each, its README', async () => {
    const page = await open('')
    const files = page.getByRole('region', { name: 'Files' })
    await expect(files.getByRole('link', { name: 'src', exact: true })).toBeVisible()
    await expect(files.getByRole('row', { name: /^File CHANGES Rename, mark/ })).toBeVisible()
    await expect(
      files.getByRole('link', { name: `${git(source.dir, ['rev-list', '--count', 'main'])} commits` }),
    ).toBeVisible()
    await expect(page.getByRole('heading', { name: 'Lanterns' })).toBeVisible()
    await expect(page.getByRole('img', { name: 'A gradient' })).toHaveJSProperty('naturalWidth', 32)
    await page.getByRole('link', { name: 'the odd names' }).click()
    await expect(page).toHaveURL(/\/tree\/main\/docs\/odd$/)
    await page.getByRole('link', { name: 'café.txt' }).click()
    await expect(page.getByRole('region', { name: 'Contents of café.txt' })).toHaveText('not UTF-8')
    await page.getByRole('navigation', { name: 'Path' }).getByRole('link', { name: 'docs' }).click()
    await page.getByRole('link', { name: 'Parent folder' }).click()
    await expect(page.getByRole('heading', { name: 'Lanterns' })).toBeVisible()
  })

  await test.step('a file with colours, and lines by click, shift, keys and address', async () => {
    const page = await open('/blob/main/src/engine.ts?L=10-12')
    await expect(page.getByText('21 lines · 583 B · executable')).toBeVisible()
    const marked = page.locator('.marked')
    await expect(marked).toHaveCount(3)
    await expect(marked.first()).toBeInViewport()
    await expect
      .poll(async () => await page.evaluate(() => CSS.highlights.get('tok-keyword')?.size ?? 0))
      .toBeGreaterThan(10)
    await page.getByRole('link', { name: 'Line 5', exact: true }).click()
    await expect(page).toHaveURL(/engine\.ts\?L=5$/)
    await page.getByRole('link', { name: 'Line 8', exact: true }).click({ modifiers: ['Shift'] })
    await expect(page).toHaveURL(/engine\.ts\?L=5-8$/)
    await page.keyboard.press('Shift+ArrowDown')
    await expect(page).toHaveURL(/engine\.ts\?L=5-9$/)
    await expect(marked).toHaveCount(5)
    await page.keyboard.press('y')
    await expect(page).toHaveURL(`${base}/blob/${source.changed}/src/engine.ts?L=5-9`)
    await expect(marked).toHaveCount(5)
    await expect(page.getByRole('link', { name: 'Permanent link' })).toHaveCount(0)
  })

  await test.step('another branch, by the switch, shows the same place', async () => {
    const page = await go('/tree/main/src')
    await page.getByRole('button', { name: 'Branch: main' }).click()
    await page.getByRole('link', { name: 'feature/with/slashes' }).click()
    await expect(page).toHaveURL(/\/tree\/feature%2Fwith%2Fslashes\/src$/)
    await expect(page.getByRole('link', { name: 'part3', exact: true })).toBeVisible()
    await expect(page.getByRole('link', { name: 'engine.ts' })).toHaveCount(0)
    await page.getByRole('button', { name: 'Branch: feature/with/slashes' }).click()
    await page.getByRole('link', { name: 'v1.0.0' }).click()
    await expect(page).toHaveURL(/\/tree\/v1\.0\.0\/src$/)
    await expect(page.getByRole('button', { name: 'Add file' })).toHaveCount(0)
  })

  await test.step('history, page by page, and of one path', async () => {
    const page = await open('/commits/main')
    const commits = page.getByRole('listitem')
    await expect(commits).toHaveCount(50)
    await page.getByRole('button', { name: 'Older commits' }).click()
    await expect(commits).toHaveCount(100)
    const ids = git(source.dir, ['log', '--format=%h', '--abbrev=7', '-100', 'main']).split('\n')
    expect(await commits.locator('code').allTextContents()).toEqual(ids)
    const older = await go('/commits/main/CHANGES')
    await expect(older.getByRole('listitem')).toHaveCount(2)
  })

  await test.step('a commit with its diff, a merge, and the first one', async () => {
    const page = await open(`/commit/${source.changed.slice(0, 9)}`)
    await expect(page.getByRole('heading', { name: /^Rename, mark as executable/ })).toBeVisible()
    await expect(page.getByText('Reviewed-by: Bo Hopper')).toBeVisible()
    await expect(page.getByText('4 files changed')).toBeVisible()
    await expect(page.getByText('was src/old-name.ts')).toBeVisible()
    await expect(page.getByText('now executable')).toBeVisible()
    await expect(page.getByText('A binary file.')).toBeVisible()
    const changes = page.getByRole('table', { name: 'Changes in CHANGES' })
    await expect(changes.getByRole('row', { name: '- Nothing yet.' })).toBeVisible()
    await expect(changes.getByRole('row', { name: '+ A name was changed.' })).toBeVisible()
    const merge = await go(`/commit/${git(source.dir, ['rev-list', '--merges', '-1', 'main'])}`)
    await expect(merge.getByText('A merge: what changed against its first parent.')).toBeVisible()
    await expect(merge.getByText(/^parent/)).toHaveCount(2)
    const first = await go(`/commit/${git(source.dir, ['rev-list', '--max-parents=0', 'main'])}`)
    await expect(first.getByText('the first of its history')).toBeVisible()
    const none = await go('/commit/deadbeef')
    await expect(none.getByRole('alert')).toContainText('There is no commit deadbeef here')
  })

  await test.step('a comparison as git diff a...b has it', async () => {
    const page = await open('/compare/main...feature%2Fwith%2Fslashes')
    const changed = git(source.dir, ['diff', '--name-only', 'main...feature/with/slashes']).split('\n')
    await expect(page.getByText(new RegExp(`^${changed.length} files? changed`))).toBeVisible()
    await expect(page.getByRole('table')).toHaveCount(changed.length)
    const same = await go('/compare/main...main')
    await expect(same.getByText('Nothing: main has all that main has.')).toBeVisible()
  })

  await test.step('what is no text', async () => {
    const image = await open('/blob/main/docs/picture.png')
    await expect(image.getByText('32 × 32 pixels')).toBeVisible()
    const drawing = await go('/blob/main/assets/logo.svg')
    await expect(drawing.getByRole('img', { name: 'logo.svg' })).toBeVisible()
    await drawing.getByRole('button', { name: 'Source' }).click()
    await expect(drawing.getByRole('region', { name: 'Contents of logo.svg' })).toContainText('<circle')
    const binary = await go('/blob/main/assets/noise.bin')
    await expect(binary.getByText('A binary file. Download it to open it.')).toBeVisible()
    const pointer = await go('/blob/main/assets/photo.raw')
    await expect(pointer.getByText(/kept in git-lfs.* 123 MB/)).toBeVisible()
    const empty = await go('/blob/main/docs/empty')
    await expect(empty.getByText('This file is empty.')).toBeVisible()
    const module = await go('/tree/main/vendor')
    await expect(module.getByText('submodule at 1111111')).toBeVisible()
    const link = await go('/blob/main/docs/latest')
    await link.getByRole('link', { name: 'guide.md' }).click()
    await expect(link.getByRole('heading', { name: 'Guide' })).toBeVisible()
  })

  await test.step('an address that takes a folder for a file is put right, one that names nothing says so', async () => {
    const page = await go('/blob/main/docs/odd')
    await expect(page).toHaveURL(/\/tree\/main\/docs\/odd$/)
    const missing = await go('/blob/main/no/such.ts')
    await expect(missing.getByRole('alert')).toContainText('There is no “no/such.ts” at this commit.')
    await missing.getByRole('link', { name: 'Files of main' }).click()
    await expect(missing.getByRole('heading', { name: 'Lanterns' })).toBeVisible()
  })

  expect(complaints).toEqual([])
})

test('a Markdown page links where it should, and what is hostile in it does nothing', async ({ relay, newPerson }) => {
  const ana = await newPerson()
  const { open, complaints } = await reader(ana.context, ana.page, relay.url, bundle)
  const page = await open('/blob/main/docs/page.md')
  const text = page.getByRole('article')

  await expect(text.getByRole('img', { name: 'A gradient' })).toHaveJSProperty('naturalWidth', 32)
  await expect(text.getByText('Missing')).toHaveAttribute('title', /There is no/)
  await expect(text.getByRole('link', { name: 'Image elsewhere: Far' })).toHaveAttribute('rel', /noreferrer/)
  await expect(text.getByRole('link', { name: 'line 7' })).toHaveAttribute(
    'href',
    /\/blob\/main\/src\/engine\.ts\?L=7$/,
  )
  await expect(text.getByRole('checkbox')).toHaveCount(2)

  await test.step('nothing of it runs, covers the page, or asks for anything', async () => {
    await expect(text.locator('script, style, form, iframe, svg, button, object, input:not([disabled])')).toHaveCount(0)
    const attributes = await text.evaluate((article) =>
      [...article.querySelectorAll('*')].flatMap((element) => element.getAttributeNames()),
    )
    expect(attributes.filter((name) => /^on|^style$|^class$|^id$|^srcset$/.test(name))).toEqual([])
    const addresses = await text
      .getByRole('link')
      .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href))
    expect(addresses.filter((address) => !/^https?:/.test(address))).toEqual([])
    await page.getByText('disguised').click()
    await page.getByText('script link').click()
    expect(await page.evaluate(() => 'pwned' in globalThis)).toBe(false)
    await expect(page).toHaveURL(/page\.md$/)
  })

  await test.step('a place in it has an address that works in a new page', async () => {
    await text.getByRole('link', { name: 'Jump to the end' }).click()
    await expect(page).toHaveURL(/page\.md\?at=the-end$/)
    await expect(text.getByRole('heading', { name: 'The end' })).toBeInViewport()
    const again = await open('/blob/main/docs/page.md?at=the-end')
    await expect(again.getByRole('heading', { name: 'The end' })).toBeInViewport()
    await again.getByRole('link', { name: 'the folder' }).click()
    await expect(again).toHaveURL(/\/tree\/main\/src$/)
  })

  await test.step('its source', async () => {
    const lines = await open('/blob/main/docs/page.md?L=3')
    await expect(lines.locator('.marked')).toContainText('[Jump to the end](#the-end)')
    await lines.getByRole('button', { name: 'Source' }).click()
    await expect(lines.getByRole('heading', { name: 'A page' })).toBeVisible()
    await expect(lines).toHaveURL(/page\.md$/)
  })
  expect(complaints).toEqual([])
})

test('a commit elsewhere changes what is read in place: scroll and selection stay', async ({ relay, newPerson }) => {
  const ana = await newPerson()
  const { open, base } = await reader(ana.context, ana.page, relay.url, bundle)
  const page = await open('/blob/main/src/long.ts')
  await expect(page.locator('.row')).toHaveCount(LONG_FILE_LINES)
  await page.getByRole('link', { name: 'Line 300', exact: true }).scrollIntoViewIfNeeded()
  const before = await page.evaluate(() => {
    const row = document.querySelector('[data-line="300"]')?.closest('.row')
    const code = row?.querySelector('code')
    if (code) getSelection()?.selectAllChildren(code)
    return { top: scrollY, text: String(getSelection()) }
  })
  expect(before.top).toBeGreaterThan(1000)
  expect(before.text).toContain('step300 ')

  const editor = await ana.context.newPage()
  await editor.goto(`${base}/blob/main/CHANGES`)
  await editor.getByRole('button', { name: 'Edit' }).click()
  await editor.getByRole('textbox', { name: /^Contents of/ }).click()
  await editor.keyboard.insertText(' And another.')
  await editor.getByRole('button', { name: 'Commit to main' }).click()
  await expect(editor.getByRole('region', { name: 'Contents of CHANGES' })).toHaveText(
    'A name was changed. And another.',
  )

  // The branch has moved beneath the page, which says so where it links to the commit.
  await expect(page.getByRole('link', { name: 'Permanent link' })).not.toHaveAttribute(
    'href',
    new RegExp(source.changed),
  )
  expect(await page.evaluate(() => ({ top: scrollY, text: String(getSelection()) }))).toEqual(before)
})
