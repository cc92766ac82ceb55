import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { git } from '../../playwright/fixtures/git.ts'
import type { Indexer } from '../page/main.ts'
import { MemoryWatch } from './browser.ts'
import type { Rig } from './rig.ts'
import { timeGit } from './run-git.ts'
import { Site } from './site.ts'

/** Milliseconds for a page to come to rest before its memory counts as what it has without the work. */
const REST = 500

export interface IndexRun {
  seconds: number
  /** CPU of the whole browser meanwhile, in seconds. */
  cpuSeconds: number
}

/** A page of the rivals' site for a person who was never there. */
export async function rivalPage(rig: Rig): Promise<Page> {
  const [browser, site] = [await rig.browser(), await rig.site()]
  const page = await browser.visitor(site.url)
  await page.goto(site.url)
  await page.waitForFunction(() => 'benchPage' in globalThis)
  return page
}

/** One indexer alone, in a worker that was just started: its code is as cold as in somebody's first clone. */
export async function indexInBrowser(rig: Rig, indexer: Indexer): Promise<IndexRun> {
  const browser = await rig.browser()
  const page = await rivalPage(rig)
  try {
    await page.evaluate(async (name) => await globalThis.benchPage.loadIndexer(name, '/pack'), indexer)
    const before = await browser.cpuSeconds()
    const { seconds, objects } = await page.evaluate(async () => await globalThis.benchPage.runIndexer())
    const cpuSeconds = (await browser.cpuSeconds()) - before
    if (objects !== rig.repository.objects) {
      throw new Error(`The pack has ${rig.repository.objects} objects, and ${indexer} found ${objects}.`)
    }
    return { seconds, cpuSeconds }
  } finally {
    await page.close()
  }
}

/** By how many MB the page's process grows at most while our indexer runs; null where the system does not tell. */
export async function indexMemory(rig: Rig): Promise<number | null> {
  const browser = await rig.browser()
  const page = await rivalPage(rig)
  try {
    await page.evaluate(async () => await globalThis.benchPage.loadIndexer('ours', '/pack'))
    const renderer = await browser.rendererOf(page)
    await page.waitForTimeout(REST)
    const memory = MemoryWatch.start(renderer)
    await page.evaluate(async () => await globalThis.benchPage.runIndexer())
    return memory?.stop() ?? null
  } finally {
    await page.close()
  }
}

/** Stock git's indexer with one thread, which also follows all links. */
export async function indexByGit(rig: Rig): Promise<{ seconds: number }> {
  const folder = rig.fresh('index')
  git(folder, ['init', '-q', '--bare', '.'])
  const args = ['index-pack', '--strict', '--threads=1', '-o', join(folder, 'pack.idx'), rig.repository.pack]
  const seconds = await timeGit(folder, args)
  rmSync(folder, { recursive: true })
  return { seconds }
}

/** From the address typed to a clone that is durable, by isomorphic-git into lightning-fs, over HTTP. */
export async function cloneByIsomorphicGit(rig: Rig, origin?: string): Promise<{ seconds: number }> {
  const [browser, site] = [await rig.browser(), await rig.site()]
  const url = origin ?? site.url
  const page = await browser.visitor(url)
  try {
    const start = performance.now()
    await page.goto(url)
    await page.waitForFunction(() => 'benchPage' in globalThis)
    const { branches, tags } = await page.evaluate(
      async (path) => await globalThis.benchPage.isomorphicClone(path),
      Site.gitPath('source.git'),
    )
    const seconds = (performance.now() - start) / 1000
    if (branches + tags !== rig.repository.refs) {
      throw new Error(`It cloned ${branches} branches and ${tags} tags of ${rig.repository.refs} refs.`)
    }
    return { seconds }
  } finally {
    await page.close()
  }
}

/** `git clone --bare` from the same server. */
export async function cloneByGit(rig: Rig, origin?: string): Promise<{ seconds: number }> {
  const url = `${origin ?? (await rig.site()).url}${Site.gitPath('source.git')}`
  const folder = rig.fresh('stock')
  const seconds = await timeGit(folder, ['clone', '-q', '--bare', url, 'clone.git'])
  rmSync(folder, { recursive: true })
  return { seconds }
}
