import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { bundleOf } from '../fixtures/hostile.ts'
import { git } from '../fixtures/git.ts'
import { longestTask, probe } from '../support/probes.ts'
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

test('a file of 20,000 lines is there in full while the page stays alive', async ({ relay, newPerson }, info) => {
  const ana = await newPerson()
  await probe(ana.context)
  const { open } = await reader(ana.context, ana.page, relay.url, bundle)
  const page = await open('/blob/main/src/long.ts?L=15000')
  const contents = page.getByRole('region', { name: 'Contents of long.ts' })
  await expect(page.locator('.marked')).toBeInViewport()
  await expect(page.locator('.marked')).toContainText('step15000')
  await expect(contents.locator('.row')).toHaveCount(LONG_FILE_LINES)
  const text = await contents.evaluate((node) => node.textContent)
  expect(text).toBe(new TextDecoder().decode(Buffer.from(git(source.dir, ['show', 'main:src/long.ts']))) + '\n')
  // The browser's own search finds a line that was never on screen.
  expect(
    await page.evaluate(() => (globalThis as unknown as { find: (text: string) => boolean }).find('step19999')),
  ).toBe(true)
  const longest = await longestTask(page)
  info.annotations.push({ type: 'longest task', description: `${longest} ms` })
  // In one go it takes seconds; in slices less than 50 ms, or a few times that where other programs take the processor.
  expect(longest).toBeLessThan(500)
})
