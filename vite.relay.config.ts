import { defineConfig } from 'vite'

/**
 * The relay for the pinned Node: one file, so that what protons and TypeScript generate needs no loader. Packages stay
 * in node_modules, which `npm ci` has put there.
 */
export default defineConfig({
  publicDir: false,
  ssr: { target: 'node' },
  build: {
    ssr: 'relay/main.ts',
    outDir: 'dist/relay',
    emptyOutDir: true,
    target: 'node24',
    sourcemap: true,
    minify: false,
    rollupOptions: { output: { entryFileNames: 'main.js' } },
  },
})
