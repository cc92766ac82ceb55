import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

/** Where `npm run dev` finds a relay: the one that `npm start` runs. */
const RELAY = process.env['GUTS_RELAY'] ?? 'http://localhost:8080'

export default defineConfig({
  root: 'web',
  publicDir: '../public',
  // Relative addresses: the app can be served from any folder of any origin.
  base: './',
  plugins: [svelte()],
  worker: { format: 'es' },
  server: {
    host: 'localhost',
    port: 5173,
    proxy: {
      '/config.json': RELAY,
      '/sample.bundle': RELAY,
      '/health': RELAY,
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
  },
})
