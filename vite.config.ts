import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import { precache } from './web/offline/precache-plugin.ts'

/** Where `npm run dev` finds a relay: the one that `npm start` runs. */
const RELAY = process.env['GUTS_RELAY'] ?? 'http://localhost:8080'

/** At the root, because a service worker governs the folder that it is served from. */
const SERVICE_WORKER = 'sw.js'

export default defineConfig({
  root: 'web',
  publicDir: '../public',
  // Relative addresses: the app can be served from any folder of any origin.
  base: './',
  plugins: [svelte(), precache(SERVICE_WORKER, ['icon.svg', 'manifest.webmanifest'])],
  worker: { format: 'es' },
  server: {
    host: 'localhost',
    port: 5173,
    proxy: {
      '/config.json': RELAY,
      '/sample.bundle': RELAY,
      '/health': RELAY,
      '/proxy': RELAY,
    },
  },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    sourcemap: true,
    // Under the page's Content-Security-Policy a data: URL would not load as a worker or a script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { main: 'web/index.html', sw: 'web/offline/service-worker.ts' },
      output: { entryFileNames: ({ name }) => (name === 'sw' ? SERVICE_WORKER : 'assets/[name]-[hash].js') },
    },
  },
})
