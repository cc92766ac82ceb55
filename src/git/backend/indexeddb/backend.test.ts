import 'fake-indexeddb/auto'
import { runBackendSuite } from '../backend.suite.ts'
import { IndexedDbBackend } from './backend.ts'
import { changeHints } from './change-hints.ts'

let places = 0

runBackendSuite('fake IndexedDB', async () => {
  const name = `guts-test-${++places}`
  return {
    open: async () => new IndexedDbBackend(name, changeHints(new BroadcastChannel(name))),
    destroy: async () => undefined,
  }
})
