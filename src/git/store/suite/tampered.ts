import { expect } from 'vitest'
import type { Backend } from '../../backend/backend.ts'
import type { LocalGitStore } from '../local-git-store.ts'
import { ProcessLocks } from '../locks.ts'
import type { StoreRig } from './rig.ts'

class Killed extends Error {
  static override readonly name = 'Killed'
}

/** Calls of a backend that change something. */
const CHANGES = ['addPack', 'updateStaging', 'writeRows', 'writeIndex', 'commit', 'dropPack'] as const
/** Points at which work is killed; the long run tries all. */
const KILLS = process.env.GUTS_LONG === '1' ? Infinity : 3
const seed = Number(process.env.GUTS_SEED ?? Date.now() % 100_000)

export type Change = (typeof CHANGES)[number]

/** A backend that calls `act` before each change, with what it is called with. Closing it closes nothing. */
export function tampered(
  backend: Backend,
  act: (name: Change, args: readonly unknown[]) => void | Promise<void>,
): Backend {
  return new Proxy(backend, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name === 'close') return async () => undefined
      const call = value.bind(target) as (...args: unknown[]) => unknown
      const change = CHANGES.find((one) => one === name)
      if (change === undefined) return call
      return async (...args: unknown[]) => {
        await act(change, args)
        return await call(...args)
      }
    },
  })
}

/**
 * Has a store do `work` and ends it before some of the changes that it makes, up to the commit that makes it all so; `judge` says
 * each time whether all is as it was before.
 */
export async function killedAnywhere(
  rig: StoreRig,
  work: (store: LocalGitStore) => Promise<void>,
  judge: () => Promise<void>,
): Promise<void> {
  const calls: Change[] = []
  const rehearsal = tampered(rig.backend, (name) => {
    calls.push(name)
    if (name === 'commit') throw new Killed()
  })
  await expect(work((await rig.openOver(rehearsal, new ProcessLocks())).store)).rejects.toBeInstanceOf(Killed)
  const points = calls.indexOf('commit') + 1
  const stride = Math.max(1, Math.ceil(points / KILLS))
  for (let at = seed % stride; at < points; at += stride) {
    let made = 0
    const dying = tampered(rig.backend, () => {
      if (made++ >= at) throw new Killed()
    })
    // A tab that dies gives its locks back, and does nothing more.
    const { store } = await rig.openOver(dying, new ProcessLocks())
    const where = `at ${at} of ${calls.join(' ')}, GUTS_SEED=${seed}`
    await expect(work(store), where).rejects.toBeInstanceOf(Killed)
    await rig.reopen()
    await judge()
  }
}
