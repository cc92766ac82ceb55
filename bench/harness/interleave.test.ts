import { describe, expect, it } from 'vitest'
import { interleave, succeeded } from './interleave.ts'

const counted = (name: string, order: string[]) => ({
  name,
  run: async (round: number) => {
    order.push(`${name}${round}`)
    return { round }
  },
})

describe('interleaving', () => {
  it('runs everyone once a round, each round begun by another', async () => {
    const order: string[] = []
    const runs = await interleave(
      ['a', 'b', 'c'].map((name) => counted(name, order)),
      3,
    )
    expect(order).toEqual(['a0', 'b0', 'c0', 'b1', 'c1', 'a1', 'c2', 'a2', 'b2'])
    expect(runs).toEqual({
      a: [{ round: 0 }, { round: 1 }, { round: 2 }],
      b: [{ round: 0 }, { round: 1 }, { round: 2 }],
      c: [{ round: 0 }, { round: 1 }, { round: 2 }],
    })
  })

  it('notes a rival that fails, and goes on', async () => {
    const rival = {
      name: 'rival',
      mayFail: true,
      run: async (round: number) => {
        if (round === 0) throw new Error('out of memory')
        return { round }
      },
    }
    const told: unknown[] = []
    const runs = await interleave([rival], 2, (name, round, result) => told.push([name, round, result]))
    expect(runs['rival']).toEqual([{ failed: 'out of memory' }, { round: 1 }])
    expect(succeeded(runs['rival'])).toEqual([{ round: 1 }])
    expect(told).toEqual([
      ['rival', 0, { failed: 'out of memory' }],
      ['rival', 1, { round: 1 }],
    ])
  })

  it('ends where somebody fails who must not', async () => {
    const broken = { name: 'ours', run: async () => Promise.reject<object>(new Error('no')) }
    await expect(interleave([broken], 1)).rejects.toThrow('no')
  })
})
