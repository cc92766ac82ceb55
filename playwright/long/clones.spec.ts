import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import type { Page } from '@playwright/test'

import { bundleOf } from '../fixtures/hostile.ts'
import { makeRepository } from '../fixtures/make-repository.ts'
import { judgeBundle, noDifference } from '../fixtures/oracle.ts'
import { downloadBundle, expectCloned, expectFiles, importBundle, openApp, shareLink } from '../support/actions.ts'
import type { RelayProcess } from '../support/relay-process.ts'
import { sampleSource } from '../support/sources.ts'
import { expect, type Person, test } from '../support/test.ts'

const SEED = 7
const CLONES = 10
const TABS = 8

interface Run {
  newPerson: () => Promise<Person>
  note: (type: string, description: string) => void
  /** Bare repository on disk that every clone is compared with. */
  source: string
  link: string
}

test(`the seeded 5,000 commits: ${CLONES} clones one after the other, then ${TABS} tabs at once`, async ({
  relay,
  newPerson,
}, info) => {
  test.setTimeout(1_200_000)
  const source = mkdtempSync(join(tmpdir(), 'seeded-'))
  try {
    await makeRepository(source, { commits: 5000, seed: SEED, bare: true })
    const bundle = bundleOf(source, join(source, 'whole.bundle'))
    const note = noteIn(info)
    note('bundle', `${statSync(bundle).size} bytes`)
    const ana = await newPerson()
    await openApp(ana.page, relay.url)
    const began = Date.now()
    await importBundle(ana.page, bundle)
    note('import', `${Date.now() - began} ms`)
    await cloneAgainAndAgain({ newPerson, note, source, link: await shareLink(ana.page) })
  } finally {
    rmSync(source, { recursive: true, force: true })
  }
})

test(`this project's own history: ${CLONES} clones one after the other, then ${TABS} tabs at once`, async ({
  relay,
  newPerson,
}, info) => {
  test.setTimeout(1_200_000)
  const ana = await newPerson()
  const link = await shareSample(ana.page, relay)
  const source = sampleSource(relay)
  try {
    await cloneAgainAndAgain({ newPerson, note: noteIn(info), source, link })
  } finally {
    rmSync(dirname(source), { recursive: true, force: true })
  }
})

async function shareSample(page: Page, relay: RelayProcess): Promise<string> {
  await openApp(page, relay.url)
  await page.getByRole('button', { name: /Try it with this project's own history/ }).click()
  await expectFiles(page)
  return await shareLink(page)
}

/** Every clone is a person's of its own, and what stock git says of it is compared with the source. */
async function cloneAgainAndAgain({ newPerson, note, source, link }: Run): Promise<void> {
  const shown: number[] = []
  const whole: number[] = []
  for (let n = 0; n < CLONES; n++) {
    await test.step(`clone ${n}`, async () => {
      const { context, page } = await newPerson()
      const began = Date.now()
      await page.goto(link)
      await expectFiles(page, 60_000)
      shown.push(Date.now() - began)
      await expectCloned(page)
      whole.push(Date.now() - began)
      await judgePage(page, source)
      await context.close()
    })
  }
  note(`${CLONES} clones, link to files on screen`, spread(shown))
  note(`${CLONES} clones, link to all of it`, spread(whole))

  await test.step(`${TABS} tabs at once`, async () => {
    const people = await Promise.all(Array.from({ length: TABS }, async () => await newPerson()))
    const began = Date.now()
    const times = await Promise.all(
      people.map(async ({ page }) => {
        await page.goto(link)
        await expectCloned(page, 240_000)
        return Date.now() - began
      }),
    )
    note(`${TABS} tabs at once`, spread(times))
    for (const { page } of people) await judgePage(page, source)
  })
}

async function judgePage(page: Page, source: string): Promise<void> {
  const bundle = await downloadBundle(page)
  expect(judgeBundle(bundle, source)).toEqual(noDifference)
  rmSync(dirname(bundle), { recursive: true })
}

function spread(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.round((sorted.length - 1) * share)] ?? NaN
  return `${at(0)} ms at best, ${at(0.5)} ms in the middle, ${at(1)} ms at worst`
}

function noteIn(info: { annotations: Array<{ type: string; description?: string }> }): Run['note'] {
  return (type, description) => void info.annotations.push({ type, description })
}
