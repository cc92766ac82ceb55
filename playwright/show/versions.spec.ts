import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { git } from '../fixtures/git.ts'
import { commitFile, plainRepository } from '../fixtures/hostile.ts'
import { judgeBundle, noDifference } from '../fixtures/oracle.ts'
import { downloadBundle, editFile, expectCloned, nameYourself, openApp } from '../support/actions.ts'
import { RelayProcess } from '../support/relay-process.ts'
import { expect, test } from '../support/test.ts'

test('a tab and a terminal that commit at once: two versions, kept, shown and merged in the page', async ({
  newPerson,
}, info) => {
  test.setTimeout(180_000)
  const dir = mkdtempSync(join(tmpdir(), 'versions-'))
  plainRepository(dir, 2)
  commitFile(dir, 'README.md', '# Begun\n', 'Begin')
  const relay = await RelayProcess.start({ args: ['--share', dir] })
  try {
    const [link] = await relay.line(/http:\/\/localhost:\d+\/#\/[A-Za-z0-9_-]{43}~\S+/)
    const [claim] = await relay.line(/http:\/\/localhost:\d+\/#\/\S*claim=\S+/)
    const ana = await newPerson()
    await openApp(ana.page, relay.url)
    await nameYourself(ana.page, 'Ana')
    await ana.page.goto(claim)
    await ana.page.reload()
    await expectCloned(ana.page)
    const reader = await newPerson()
    await reader.page.goto(link)
    await expectCloned(reader.page)

    await test.step('the terminal hears of the commit in the tab', async () => {
      await ana.page.getByRole('link', { name: 'README.md', exact: true }).first().click()
      await editFile(ana.page, '# Said in a tab\n', 'Say it in a tab')
      await relay.line(/Ana committed “Say it in a tab” \(\w{8}\) to main\./)
    })

    await test.step('a commit beside it is a second version: nobody’s page changes sides, nobody can lose one', async () => {
      commitFile(dir, 'README.md', '# Said in the terminal\n', 'Say it in the terminal')
      commitFile(dir, 'notes.txt', 'kept\n', 'Add notes')
      await relay.line(/main has two versions now/)
      for (const { page } of [ana, reader]) {
        await expect(page.getByText(/^main has 2 versions: .*Ana's/)).toBeVisible()
        await expect(page.getByText('Both are kept, and nothing is lost.')).toBeVisible()
        await expect(page.getByRole('link', { name: 'Add notes' })).toBeVisible()
        await expect(page.getByRole('heading', { name: 'Said in a tab' })).toBeVisible()
      }
      await expect(ana.page.getByRole('button', { name: 'Edit' })).toHaveCount(0)
      await expect(reader.page.getByRole('link', { name: 'See what differs' })).toBeVisible()
      await info.attach('versions', { body: await ana.page.screenshot(), contentType: 'image/png' })
    })

    await test.step('a maintainer merges them, and decides what git would not', async () => {
      await ana.page.getByRole('link', { name: 'Merge them', exact: true }).click()
      const file = ana.page.getByRole('group', { name: 'README.md' })
      await expect(file.getByText('Both changed the same lines.')).toBeVisible()
      const merge = ana.page.getByRole('button', { name: 'Merge into main' })
      await expect(merge).toBeDisabled()
      await file.getByLabel('Write it together').check()
      const editor = ana.page.getByRole('textbox', { name: 'Merged contents of README.md' })
      await expect(editor).toContainText('Said in the terminal')
      await expect(merge).toBeDisabled()
      // Somebody commits to the other version while this one is being decided.
      commitFile(dir, 'notes.txt', 'kept too\n', 'Add to the notes')
      await expect(ana.page.getByText('main has moved on meanwhile')).toBeVisible()
      await expect(editor).toContainText('Said in the terminal')
      await ana.page.getByRole('link', { name: 'Merge the newest' }).click()
      await expect(ana.page.getByText('main has moved on meanwhile')).toHaveCount(0)
      await file.getByLabel('Write it together').check()
      await expect(editor).toContainText('Said in the terminal')
      await info.attach('merge', { body: await ana.page.screenshot({ fullPage: true }), contentType: 'image/png' })
      await editor.click()
      await ana.page.keyboard.press('ControlOrMeta+a')
      await ana.page.keyboard.insertText('# Said by both\n')
      await merge.click()
    })

    await test.step('it is one version everywhere, and has both histories', async () => {
      await expect(ana.page.getByRole('heading', { name: 'Said by both' })).toBeVisible()
      await expect(reader.page.getByRole('heading', { name: 'Said by both' })).toBeVisible()
      await expect(reader.page.getByText(/main has 2 versions/)).toHaveCount(0)
      await relay.line(/Ana committed “Merge .* version of main” \(\w{8}\) to main\./)
      const pull = [...relay.output.matchAll(/^ {2}git -C (\S+) pull (\S+) main$/gm)].at(-1)
      git(dir, ['pull', '-q', pull?.[2] ?? '', 'main'])
      const subjects = git(dir, ['log', '--format=%s']).split('\n')
      expect(subjects).toEqual(
        expect.arrayContaining(['Say it in a tab', 'Say it in the terminal', 'Add to the notes']),
      )
      expect(git(dir, ['show', 'HEAD:README.md'])).toBe('# Said by both')
      expect(git(dir, ['show', 'HEAD:notes.txt'])).toBe('kept too')
      expect(judgeBundle(await downloadBundle(reader.page), dir)).toEqual(noDifference)
    })
  } finally {
    await relay.dispose()
    rmSync(dir, { recursive: true, force: true })
  }
})
