/** Imports run downwards only: web, relay → sync → peer, git (CONTRIBUTING.md, "Layers"). */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'git-knows-no-network-and-no-ui',
      severity: 'error',
      from: { path: '^src/git' },
      to: { path: '^(src/(peer|sync)|web|relay)' },
    },
    {
      name: 'git-uses-no-libp2p',
      severity: 'error',
      from: { path: '^src/git' },
      to: { path: 'node_modules/(@?libp2p|@chainsafe|@multiformats)' },
    },
    {
      name: 'peer-knows-no-git',
      severity: 'error',
      from: { path: '^src/peer' },
      to: { path: '^(src/(git|sync)|web|relay)' },
    },
    {
      name: 'sync-is-below-the-programs',
      severity: 'error',
      from: { path: '^src/sync' },
      to: { path: '^(web|relay)' },
    },
    { name: 'programs-stand-apart', severity: 'error', from: { path: '^web' }, to: { path: '^relay' } },
    { name: 'programs-stand-apart-2', severity: 'error', from: { path: '^relay' }, to: { path: '^web' } },
    {
      name: 'across-layers-by-index-only',
      severity: 'error',
      from: { path: '^(web|relay|src/sync)', pathNot: '\\.(test|bench)\\.ts$' },
      to: { path: '^src/(git|peer)/.+', pathNot: '^src/(git|peer)/(index|browser|node|testing|worker/worker)\\.ts$' },
    },
    {
      name: 'programs-use-the-index-of-sync',
      severity: 'error',
      from: { path: '^(web|relay)', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/sync/.+', pathNot: '^src/sync/(index|browser|node|testing)\\.ts$' },
    },
    {
      name: 'relay-has-no-native-webrtc',
      severity: 'error',
      from: { path: '^relay' },
      to: { path: 'node_modules/@libp2p/webrtc' },
    },
    {
      name: 'not-to-tests',
      severity: 'error',
      from: { pathNot: '\\.(test|browser-test)\\.ts$' },
      to: { path: '\\.test\\.ts$' },
    },
    { name: 'not-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|test-results)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'svelte', 'types', 'node', 'default'],
    },
  },
}
