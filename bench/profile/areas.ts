import type { SourceFunction } from './sources.ts'

/** What kinds of work there are, and by which source or name each is known; the first that fits counts. */
const AREAS: ReadonlyArray<readonly [area: string, by: RegExp]> = [
  ['inflating, SHA-1, deltas and CRC-32, in WebAssembly', /^wasm |src\/git\/kernel\/|src\/git\/pack\/inflate\.ts/],
  ['SHA-1 by the browser', /src\/git\/(object\/hash|pack\/object-ids)\.ts/],
  ['deflating', /^node_modules\/pako\//],
  ['SHA-256', /src\/git\/pack\/manifest\.ts/],
  ['deltas', /src\/git\/pack\/delta\.ts/],
  ['CRC-32', /src\/git\/pack\/crc32\.ts/],
  ['closure and paths', /src\/git\/pack\/(graph|oid-table)\.ts|src\/git\/object\//],
  ['walk over the pack', /src\/git\/pack\//],
  ['IndexedDB', /src\/git\/backend\/|^node_modules\/idb\//],
  ['store', /src\/git\/store\//],
  ['views', /src\/git\/view\//],
  ['messages between threads', /src\/git\/worker\/| (postMessage|structuredClone)$/],
  ['wire codec', /\/pb\/|src\/sync\/wire\/|^node_modules\/(protons-runtime|uint8arrays|uint8arraylist|uint8-varint)\//],
  ['sync engine', /src\/sync\//],
  [
    'libp2p',
    /src\/peer\/|^node_modules\/(@?libp2p|@chainsafe|@multiformats|it-|multiformats|main-event|race-|any-signal)/,
  ],
  ['app and its views', /^web\/|^node_modules\/(svelte|marked|dompurify|@lucide|@lezer)/],
  [
    'isomorphic-git',
    /^node_modules\/(isomorphic-git|@isomorphic-git|sha\.js|crc-32|buffer|async-lock|readable-stream)/,
  ],
  ['garbage collection', /^ \(garbage collector\)$/],
  ['browser, outside of scripts', /^ \((program|root)\)$/],
  ['browser, called by scripts', /^ /],
]

export function areaOf({ file, name }: SourceFunction): string {
  const text = `${file} ${name}`
  return AREAS.find(([, by]) => by.test(text))?.[0] ?? 'other scripts'
}
