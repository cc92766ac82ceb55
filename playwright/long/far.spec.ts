import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Page } from '@playwright/test'

import { Between } from '../../bench/proxy/between.ts'
import { detour } from '../../bench/rig/detour.ts'
import { git } from '../fixtures/git.ts'
import { bundleOf } from '../fixtures/hostile.ts'
import { judgeBundle, noDifference } from '../fixtures/oracle.ts'
import { Random } from '../fixtures/random.ts'
import { downloadBundle, expectCloned, importBundle, openApp, shareLink } from '../support/actions.ts'
import { expect, test } from '../support/test.ts'

/** Milliseconds. */
const ROUND_TRIP = 100
/** One connection would take three seconds for these bytes at least. */
const BYTES = 8 * 1024 * 1024

type CountedWindow = typeof globalThis & { connections: RTCPeerConnection[] }

/** Keeps the page's WebRTC connections where the test finds them. Before the page goes anywhere. */
async function count(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const made: RTCPeerConnection[] = []
    const original = RTCPeerConnection
    const RTCPeerConnectionCounted = class extends original {
      constructor(configuration?: RTCConfiguration) {
        super(configuration)
        made.push(this)
      }
    }
    Object.assign(globalThis, { connections: made, RTCPeerConnection: RTCPeerConnectionCounted })
  })
}

test('a clone from far away comes over four connections, of which one stays', async ({ relay, newPerson }) => {
  test.setTimeout(120_000)
  const source = mkdtempSync(join(tmpdir(), 'far-'))
  const between = new Between({ rtt: ROUND_TRIP, loss: 0 })
  try {
    git(source, ['init', '--quiet', '--initial-branch=main'])
    const random = new Random(13)
    writeFileSync(
      join(source, 'noise'),
      Uint8Array.from({ length: BYTES }, () => random.int(256)),
    )
    writeFileSync(join(source, 'README.md'), '# Far\n')
    git(source, ['add', '.'])
    git(source, ['commit', '--quiet', '--message=Begin'])
    const [ana, bo] = [await newPerson(), await newPerson()]
    for (const { page } of [ana, bo]) await detour(page, between)
    await count(bo.page)
    await openApp(ana.page, relay.url)
    await importBundle(ana.page, bundleOf(source, join(source, 'far.bundle')))
    await bo.page.goto(await shareLink(ana.page))
    await expectCloned(bo.page)
    const states = (): Promise<string[]> =>
      bo.page.evaluate(() => (globalThis as CountedWindow).connections.map(({ connectionState }) => connectionState))
    expect(await states()).toHaveLength(4)
    await expect.poll(async () => (await states()).filter((state) => state === 'connected')).toHaveLength(1)
    expect(judgeBundle(await downloadBundle(bo.page), source)).toEqual(noDifference)
  } finally {
    await between.stop()
    rmSync(source, { recursive: true, force: true })
  }
})
