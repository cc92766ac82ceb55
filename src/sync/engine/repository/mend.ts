import { fetchBasePack } from '../client/base-pack.ts'
import { Lanes, type LanesInit } from '../client/lanes.ts'
import { fetchTail } from '../client/tail.ts'
import { TransferPool } from '../client/transfers.ts'
import { uniqueTips } from './fetch.ts'
import type { GitStore } from '../../../git/index.ts'
import type { FetchContext } from '../client/context.ts'
import type { HeldRefs } from './record.ts'

export interface MendInit extends Omit<FetchContext, 'transfers' | 'lanes'> {
  openLane: LanesInit['open']
  /** What was here. */
  headers: readonly HeldRefs[]
}

/**
 * Brings again what was lost of a repository that was here, as a disk loses rows: of base packs that the chosen holder has too the
 * chunks that are missing, from everybody who has them; where that is not all, everything.
 */
export async function mend(init: MendInit): Promise<void> {
  const { store, token, session, sources, headers, progress, signal } = init
  const transfers = new TransferPool(signal)
  const lanes = new Lanes({ open: init.openLane, signal })
  const context: FetchContext = { ...init, transfers, lanes }
  try {
    await sources.refresh(session, signal)
    progress.set({ phase: 'packs' })
    const before = new Set<string>()
    for (const pack of session.relayed ? [] : sources.advertised(session)) {
      if ((await store.stagedManifest(token, pack.packId)) != null) {
        const { staging } = await fetchBasePack(context, pack, before)
        if (staging != null) await store.transact({ repository: token, admit: [staging] })
      }
      before.add(pack.packId)
    }
    if (await isMended(store, token)) return
    progress.set({ phase: 'tail', totalBytes: null })
    // Haves would say that it is all here.
    const { staging } = await fetchTail(context, uniqueTips(headers), [])
    await store.transact({ repository: token, admit: [staging] })
    await store.transact({ repository: token, mended: true })
  } finally {
    lanes.close()
    await transfers.close()
  }
}

async function isMended(store: GitStore, token: string): Promise<boolean> {
  try {
    await store.transact({ repository: token, mended: true })
    return true
  } catch (error) {
    if (error instanceof Error && error.name === 'MissingObjectError') return false
    throw error
  }
}
