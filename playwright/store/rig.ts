import { createReadStream, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, resolve } from 'node:path'
import { test as base, type Page } from '@playwright/test'
import { build } from 'vite'
import { bundleOf } from '../fixtures/hostile.ts'
import { makeRepository } from '../fixtures/make-repository.ts'
import type { Harness } from './page/main.ts'

export { expect } from '@playwright/test'

export interface Site {
  url: string
  /** A folder of its own for each worker. */
  folder: string
  /** A repository of some hundred commits, and `source.bundle` of it at the site's root. */
  source: string
}

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' }

/** A page with the store in it and nothing else, served from memory on loopback; the test fails on any error in it. */
export const test = base.extend<{ store: Page }, { site: Site }>({
  site: [
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'guts-store-'))
      const page = join(folder, 'page')
      await build({
        configFile: false,
        root: resolve('playwright/store/page'),
        logLevel: 'error',
        resolve: { alias: { vitest: resolve('playwright/store/page/mini-vitest.ts') } },
        worker: { format: 'es' },
        build: { outDir: page, emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0 },
      })
      const source = await makeRepository(join(folder, 'source'), { commits: 400, seed: 11 })
      bundleOf(source, join(page, 'source.bundle'))
      const server = createServer((request, response) => {
        const name = new URL(request.url ?? '/', 'http://localhost').pathname
        const file = join(page, name === '/' ? 'index.html' : name)
        if (!existsSync(file)) return response.writeHead(name === '/favicon.ico' ? 204 : 404).end()
        response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' })
        return createReadStream(file).pipe(response)
      })
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
      await use({ url: `http://localhost:${(server.address() as AddressInfo).port}/`, folder, source })
      await new Promise((closed) => {
        server.closeAllConnections()
        server.close(closed)
      })
      rmSync(folder, { recursive: true })
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  store: async ({ page, site }, use) => {
    await visit(page, site)
    await use(page)
  },
})

/** Opens the page and its store. */
export async function visit(page: Page, { url }: Site): Promise<void> {
  page.on('pageerror', (error) => {
    throw error
  })
  await page.goto(url)
  await page.evaluate(async () => await globalThis.storeHarness.open())
}

export function harnessOf(page: Page) {
  return async <K extends 'import' | 'bundle' | 'rows' | 'clone'>(method: K, ...args: Parameters<Harness[K]>) =>
    (await page.evaluate(
      async ([name, given]) => {
        const call = globalThis.storeHarness[name] as (...args: unknown[]) => Promise<unknown>
        return await call(...given)
      },
      [method, args] as const,
    )) as Awaited<ReturnType<Harness[K]>>
}

/** Saves a repository of the page as a bundle file. */
export async function saveBundle(page: Page, id: string, folder: string): Promise<string> {
  const file = join(folder, `${id}-${Math.random()}.bundle`)
  writeFileSync(file, Buffer.from(await harnessOf(page)('bundle', id), 'base64'))
  return file
}
