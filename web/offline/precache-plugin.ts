import { createHash } from 'node:crypto'
import type { Plugin } from 'vite'

/** What the app needs to open: not the maps for developers, nor the worker that keeps it. */
const KEPT = /\.(js|css|html|svg|wasm|webmanifest)$/

/** Tells the service worker which files make up this version, and one hash over all of them. */
export function precache(worker: string, publicFiles: string[]): Plugin {
  return {
    name: 'guts-precache',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const chunk = bundle[worker]
      if (chunk?.type !== 'chunk') this.error(`There is no ${worker} in the build`)
      const built = Object.values(bundle).filter(({ fileName }) => KEPT.test(fileName) && fileName !== worker)
      const hash = createHash('sha256')
      for (const file of built.sort((a, b) => (a.fileName < b.fileName ? -1 : 1))) {
        hash.update(file.fileName).update(file.type === 'chunk' ? file.code : file.source)
      }
      const files = [...built.map(({ fileName }) => fileName), ...publicFiles]
      chunk.code = chunk.code
        .replaceAll('__PRECACHE_FILES__', JSON.stringify(files))
        .replaceAll('__PRECACHE_VERSION__', JSON.stringify(hash.digest('hex').slice(0, 16)))
    },
  }
}
