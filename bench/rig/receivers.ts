import type { Page } from '@playwright/test'
import type { Person } from '../../playwright/support/test.ts'
import { probeFor } from './open-link.ts'
import { countsOf, installProbe, markOf } from './probe.ts'
import type { Rig } from './rig.ts'

/** Somebody who opens a link on a device of their own, which is never on disk: several can be had at once. */
export interface Receiver {
  person: Person
  page: Page
}

export interface Arrival {
  /** Unix milliseconds at which all of it was durable. */
  durable: number
  /** Payload bytes that came over data channels. */
  received: number
}

/** A device that was never here, with its bytes counted, on a blank page. */
export async function newReceiver(rig: Rig): Promise<Receiver> {
  const person = await rig.device()
  await installProbe(person.page, await probeFor(rig, { count: true }))
  return { person, page: person.page }
}

/** Opens `links` at once, the first by the first receiver and so on, and waits until everybody has all of it. */
export async function openAtOnce(
  receivers: readonly Receiver[],
  links: readonly string[],
): Promise<{ seconds: number; received: number }> {
  const start = performance.timeOrigin + performance.now()
  const arrivals = await Promise.all(
    receivers.map(async ({ page }, n): Promise<Arrival> => {
      await page.goto(links[n % links.length] ?? '')
      const durable = await markOf(page, 'durable')
      return { durable, received: (await countsOf(page)).channelReceived }
    }),
  )
  const last = Math.max(...arrivals.map(({ durable }) => durable))
  return { seconds: (last - start) / 1000, received: arrivals.reduce((sum, one) => sum + one.received, 0) }
}
