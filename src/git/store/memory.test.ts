import { MemoryBackend } from '../backend/memory.ts'
import { runStoreSuite } from './store.suite.ts'

runStoreSuite('memory', async () => {
  const backend = new MemoryBackend()
  return {
    backend: async () => backend,
    damage: async (key, row, at) => backend.damage(key, row, at),
    destroy: async () => undefined,
  }
})
