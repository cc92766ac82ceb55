import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

import { git } from '../fixtures/git.ts'
import { commitFile, plainRepository } from '../fixtures/hostile.ts'
import { judgeBundle, noDifference } from '../fixtures/oracle.ts'
import { downloadBundle, editFile, expectCloned, expectFiles, nameYourself, openApp } from '../support/actions.ts'
import { RelayProcess } from '../support/relay-process.ts'
import { expect, test } from '../support/test.ts'

test('npm start -- --share: a repository on disk is on screen, and follows its commits', async ({
  newPerson,
}, info) => {
  test.setTimeout(240_000)
  const dir = mkdtempSync(join(tmpdir(), 'shared-'))
  plainRepository(dir, 3)
  commitFile(dir, 'README.md', '# On a laptop\n', 'Say where it is')
  const work = git(dir, ['status', '--porcelain', '--ignored'])
  // The path is relative to where the command was typed.
  const relay = await RelayProcess.start({ args: ['--share', basename(dir)], cwd: dirname(dir) })
  try {
    const [link] = await relay.line(/http:\/\/localhost:\d+\/#\/[A-Za-z0-9_-]{43}~\S+/)
    const [claim] = await relay.line(/http:\/\/localhost:\d+\/#\/\S*claim=\S+/)

    const ana = await newPerson()
    await ana.page.goto(link)
    await expectCloned(ana.page)
    await expect(ana.page.getByRole('heading', { name: 'On a laptop' })).toBeVisible()
    await expect(ana.page.getByText('Live from 1')).toBeVisible()

    await test.step('a commit in the terminal is on screen', async () => {
      commitFile(dir, 'README.md', '# Changed in the terminal\n', 'Change it')
      const committed = Date.now()
      await expect(ana.page.getByRole('heading', { name: 'Changed in the terminal' })).toBeVisible()
      info.annotations.push({ type: 'git commit to screen', description: `${Date.now() - committed} ms` })
    })

    await test.step('a force-push and a new branch follow', async () => {
      git(dir, ['branch', 'feature'])
      git(dir, ['reset', '-q', '--hard', 'HEAD~1'])
      await expect(ana.page.getByRole('heading', { name: 'On a laptop' })).toBeVisible()
      await ana.page.getByRole('button', { name: /^Branch:/ }).click()
      await expect(ana.page.getByRole('link', { name: 'feature' })).toBeVisible()
      await ana.page.keyboard.press('Escape')
    })

    await test.step('what came is what git has', async () => {
      expect(judgeBundle(await downloadBundle(ana.page), dir)).toEqual(noDifference)
    })

    await test.step('the local address makes a maintainer, once; commits go to the copy', async () => {
      const owner = await newPerson()
      await openApp(owner.page, relay.url)
      await nameYourself(owner.page, 'Owner')
      await owner.page.goto(claim)
      await owner.page.reload()
      await expectCloned(owner.page)
      await owner.page.getByRole('link', { name: 'README.md', exact: true }).first().click()
      await editFile(owner.page, '# Committed in a tab\n', 'From a tab')
      await ana.page.goto(link)
      await expectFiles(ana.page)
      await expect(ana.page.getByRole('heading', { name: 'Committed in a tab' })).toBeVisible()
      expect(git(dir, ['status', '--porcelain', '--ignored'])).toBe(work)
      expect(git(dir, ['show', 'HEAD:README.md'])).toBe('# On a laptop')

      const late = await newPerson()
      await late.page.goto(claim)
      await late.page.reload()
      await expectCloned(late.page)
      await late.page.getByRole('link', { name: 'README.md', exact: true }).first().click()
      await expect(late.page.getByText(/^Only .* can change main$/)).toBeVisible()
    })

    await test.step('the link survives a restart', async () => {
      await relay.restart()
      const [again] = await relay.line(/http:\/\/localhost:\d+\/#\/[A-Za-z0-9_-]{43}~\S+/)
      expect(again.slice(0, again.indexOf('~'))).toBe(link.slice(0, link.indexOf('~')))
      const cleo = await newPerson()
      await cleo.page.goto(link)
      await expectCloned(cleo.page)
    })

    expect(await relay.stop('SIGINT')).toBe(0)
  } finally {
    await relay.dispose()
    rmSync(dir, { recursive: true, force: true })
  }
})
