import './worker-global.ts'
import LightningFS from '@isomorphic-git/lightning-fs'
import git from 'isomorphic-git'
import http from 'isomorphic-git/http/web'
import { memoryFs } from './memory-fs.ts'
import { serve } from './rpc.ts'

let pack = new Uint8Array()

const methods = {
  /** Clones all branches and tags without a working copy, and waits until lightning-fs has written its table. */
  clone: async (url: string): Promise<{ branches: number; tags: number }> => {
    const fs = new LightningFS('rival')
    const repository = { fs, dir: '/repository' }
    await git.clone({ ...repository, http, url, noCheckout: true, singleBranch: false })
    // Half a second late otherwise: what a kill would lose is not durable.
    await fs.promises.flush()
    const branches = await git.listBranches({ ...repository, remote: 'origin' })
    return {
      branches: branches.filter((name) => name !== 'HEAD').length,
      tags: (await git.listTags(repository)).length,
    }
  },
  load: async (url: string): Promise<number> => {
    pack = new Uint8Array(await (await fetch(url)).arrayBuffer())
    return pack.length
  },
  /** Indexes the pack in a file system that costs nothing. */
  run: async (): Promise<{ seconds: number; objects: number }> => {
    const fs = memoryFs({ '/a/.git/x.pack': pack })
    const start = performance.now()
    const { oids } = await git.indexPack({ fs, dir: '/a', filepath: '.git/x.pack' })
    return { seconds: (performance.now() - start) / 1000, objects: oids.length }
  },
}

export type IsomorphicMethods = typeof methods
serve(methods)
