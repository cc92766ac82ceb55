import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
  test as base,
} from '@playwright/test'

import { RelayProcess } from './relay-process.ts'

export { expect } from '@playwright/test'

/** A person with a browser of their own: an isolated storage, which is what makes a device. */
export interface Person {
  context: BrowserContext
  page: Page
}

interface WorkerFixtures {
  /** A relay that many tests share, as people do; nobody may stop it. */
  relay: RelayProcess
}

interface Fixtures {
  /** A relay of the test's own, to be killed and started again. */
  ownRelay: RelayProcess
  /** A new person, on a blank page. */
  newPerson: (options?: { name?: string; browser?: Browser; context?: BrowserContextOptions }) => Promise<Person>
  /** Prints the figures that a test noted, so that a run reports them. */
  figures: undefined
  /** What went wrong in any page: filled by listeners, asserted empty when the test ends. */
  pageErrors: string[]
}

/** Requests a page may make: itself, its relay, its own blobs. Everything else leaves the machine. */
const LOCAL = /^(https?|wss?):\/\/(localhost|127\.0\.0\.1|\[::1\]|[a-z]+\.test)(:\d+)?\/|^(blob|data|about):/

export const test = base.extend<Fixtures, WorkerFixtures>({
  figures: [
    async ({}, use, info) => {
      await use(undefined)
      for (const { type, description } of info.annotations) console.log(`      ${type}: ${description}`)
    },
    { auto: true },
  ],
  pageErrors: async ({}, use) => {
    const errors: string[] = []
    await use(errors)
    if (errors.length > 0) throw new Error(`Pages failed:\n${errors.join('\n')}`)
  },
  relay: [
    async ({}, use) => {
      const relay = await RelayProcess.start()
      await use(relay)
      await relay.dispose()
    },
    { scope: 'worker' },
  ],
  ownRelay: async ({}, use) => {
    const relay = await RelayProcess.start()
    await use(relay)
    await relay.dispose()
  },
  newPerson: async ({ browser, pageErrors }, use) => {
    const contexts: BrowserContext[] = []
    await use(async (options = {}) => {
      const context = await (options.browser ?? browser).newContext({
        acceptDownloads: true,
        permissions: [],
        ...options.context,
      })
      contexts.push(context)
      watch(context, pageErrors)
      return { context, page: await context.newPage() }
    })
    for (const context of contexts) await context.close()
  },
})

/** Adds to `errors` what goes wrong in any page of `context`, and what it asks of other machines. */
export function watch(context: BrowserContext, errors: string[]): void {
  context.on('weberror', (event) => errors.push(String(event.error().stack ?? event.error())))
  context.on('request', (request) => {
    if (!LOCAL.test(request.url())) errors.push(`A request left the machine: ${request.url()}`)
  })
}
