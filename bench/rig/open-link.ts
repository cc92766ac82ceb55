import type { Page } from '@playwright/test'
import { openApp } from '../../playwright/support/actions.ts'
import { MemoryWatch } from './browser.ts'
import { installProbe, longestTaskOf, markOf, marksOf, type ProbeOptions } from './probe.ts'
import type { Rig } from './rig.ts'

/** Bytes from which on the app asks before it fetches (`WITHOUT_ASKING` of src/sync), with room for the tail. */
const MAY_ASK = 90 * 1024 * 1024

/** Milliseconds for the app to come to rest before its memory counts as what it has without a repository. */
const REST = 2_000

export interface OurClone {
  /** From the link opened to verified and durable. */
  seconds: number
  /** The same from the first data channel on: without loading the app and dialling. */
  transferSeconds: number
  /** From the link opened to the files on screen. */
  firstFileSeconds: number
  longestTaskMs: number
  /** CPU of the whole browser meanwhile, the holder's tab included, in seconds. */
  cpuSeconds: number
}

/** What somebody's browser is told before it opens a link. */
export async function probeFor(rig: Rig, more: ProbeOptions = {}): Promise<ProbeOptions> {
  const { packBytes, readme } = rig.repository
  return { agree: packBytes > MAY_ASK, readme, sockets: await rig.socketsFromThere(), ...more }
}

/** Opens `link` in `page`, which is blank, and waits until all of it is durable. Seconds as they passed. */
export async function openLink(rig: Rig, page: Page, link: string): Promise<OurClone> {
  const browser = await rig.browser()
  const before = await browser.cpuSeconds()
  const start = performance.timeOrigin + performance.now()
  await page.goto(link)
  const durable = await markOf(page, 'durable')
  const cpuSeconds = (await browser.cpuSeconds()) - before
  const firstFile = await markOf(page, 'firstFile')
  const { channelOpen } = await marksOf(page)
  browser.throwErrors()
  return {
    seconds: (durable - start) / 1000,
    transferSeconds: (durable - (channelOpen ?? start)) / 1000,
    firstFileSeconds: (firstFile - start) / 1000,
    longestTaskMs: await longestTaskOf(page),
    cpuSeconds,
  }
}

/** A person who was never here opens the link; `then` looks at the page before it is closed. */
export async function cloneByUs(rig: Rig, link: string, then?: (page: Page) => Promise<void>): Promise<OurClone> {
  const page = await visitorAt(rig, link)
  try {
    const clone = await openLink(rig, page, link)
    await then?.(page)
    return clone
  } finally {
    await page.close()
  }
}

/** By how many MB the receiving page's process, workers included, grows at most over the app with nothing in it. */
export async function cloneMemory(rig: Rig, link: string): Promise<number | null> {
  const browser = await rig.browser()
  const page = await visitorAt(rig, link)
  try {
    await openApp(page, new URL(link).origin)
    const renderer = await browser.rendererOf(page)
    await page.waitForTimeout(REST)
    const memory = MemoryWatch.start(renderer)
    // The same page goes on: only the fragment differs.
    await page.goto(link)
    await markOf(page, 'durable')
    return memory?.stop() ?? null
  } finally {
    await page.close()
  }
}

async function visitorAt(rig: Rig, link: string): Promise<Page> {
  const page = await (await rig.browser()).visitor(new URL(link).origin)
  await rig.detour(page)
  await installProbe(page, await probeFor(rig))
  return page
}
