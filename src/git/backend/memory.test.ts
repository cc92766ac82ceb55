import { runBackendSuite } from './backend.suite.ts'
import { MemoryBackend } from './memory.ts'

runBackendSuite('memory', async () => {
  const backend = new MemoryBackend()
  return { open: async () => backend, destroy: async () => undefined }
})
