import { INDEX_LIMITS, indexPackBytes, MemoryPack } from '../../src/git/pack/index.ts'
import { serve } from './rpc.ts'

/** Our indexer alone: the bytes are in memory, and nothing is stored. */
let pack = new Uint8Array()

const methods = {
  load: async (url: string): Promise<number> => {
    pack = new Uint8Array(await (await fetch(url)).arrayBuffer())
    return pack.length
  },
  /** Indexes as a clone does: every id, CRC, delta, link and path. */
  run: async (): Promise<{ seconds: number; objects: number }> => {
    const limits = { ...INDEX_LIMITS, maxInflatedBytes: Infinity }
    const start = performance.now()
    const { index } = await indexPackBytes(new MemoryPack(pack), { limits, closure: true })
    return { seconds: (performance.now() - start) / 1000, objects: index.count }
  },
}

export type IndexMethods = typeof methods
serve(methods)
