import { describe } from 'vitest'
import { MemoryBackend } from '../backend/memory.ts'
import { runStoreSuite } from './store.suite.ts'

// Other tests stand on it, and nobody's data: where there is a hurry, the backends that people have are tested.
describe.runIf(process.env.GUTS_LONG === '1')('the git store of tests', () =>
  runStoreSuite('memory', async () => {
    const backend = new MemoryBackend()
    return {
      backend: async () => backend,
      damage: async (key, row, at) => backend.damage(key, row, at),
      destroy: async () => undefined,
    }
  }),
)
