import { describe, expect, it } from 'vitest'
import { ProcessLocks, tryHold } from './locks.ts'

describe('locks within a process', () => {
  it('let one after the other through, or none that will not wait', async () => {
    const locks = new ProcessLocks()
    const order: string[] = []
    const first = await tryHold(locks, 'a', 'exclusive')
    const waiting = locks.request('a', {}, async () => order.push('second'))
    expect(await tryHold(locks, 'a', 'exclusive')).toBeNull()
    expect(await tryHold(locks, 'a', 'shared')).toBeNull()
    expect(await tryHold(locks, 'b', 'exclusive')).not.toBeNull()
    order.push('first')
    await first?.release()
    await waiting
    expect(order).toEqual(['first', 'second'])
  })

  it('share where all share', async () => {
    const locks = new ProcessLocks()
    const held = [await tryHold(locks, 'a', 'shared'), await tryHold(locks, 'a', 'shared')]
    expect(held).not.toContain(null)
    await held[0]?.release()
    expect(await tryHold(locks, 'a', 'exclusive')).toBeNull()
    await held[1]?.release()
    expect(await tryHold(locks, 'a', 'exclusive')).not.toBeNull()
  })

  it('let go where the work fails, and give up waiting on a signal', async () => {
    const locks = new ProcessLocks()
    const failing = locks.request('a', {}, async () => {
      throw new Error('No.')
    })
    await expect(failing).rejects.toThrow('No.')
    await tryHold(locks, 'a', 'exclusive')
    const controller = new AbortController()
    const waiting = locks.request('a', { signal: controller.signal }, async () => 'in')
    const reason = new Error('Enough')
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
  })
})
