import { describe, expect, it } from 'vitest'
import type { TransferState } from '../../src/sync/index.ts'
import { describeTransfer } from './arrival.ts'

const transfer: TransferState = {
  phase: 'packs',
  bytes: 3e6,
  totalBytes: 18e6,
  objects: 1204,
  totalObjects: 5000,
  sources: [],
  speed: 2.4e6,
  from: { peer: 'p', name: 'Ana', link: 'direct' },
}

describe('describeTransfer', () => {
  it('says what, how much, how fast, from whom and how', () => {
    expect(describeTransfer(transfer)).toEqual({
      phase: 'Getting the files and their history from Ana',
      amount: '3 of 18 MB · 1,204 of 5,000 objects · 2.4 MB/s',
      path: 'directly',
      fraction: 3 / 18,
    })
  })

  it('says how many it comes from, where that is more than one', () => {
    const source = { peer: 'p', name: 'Ana', link: 'direct' as const, bytes: 1, speed: 1 }
    const several = { ...transfer, sources: [source, { ...source, peer: 'q' }, { ...source, peer: 'r' }] }
    expect(describeTransfer(several).phase).toBe('Getting the files and their history from 3 devices')
    expect(describeTransfer({ ...several, phase: 'tail' }).phase).toBe('Getting the files and their history from Ana')
  })

  it('says no speed and no way of what happens in this browser', () => {
    expect(describeTransfer({ ...transfer, phase: 'checking', bytes: 18e6 })).toEqual({
      phase: 'Checking every object',
      amount: '18 of 18 MB · 1,204 of 5,000 objects',
      path: '',
      fraction: 1204 / 5000,
    })
    expect(describeTransfer({ ...transfer, objects: 0 }).amount).toBe('3 of 18 MB · 2.4 MB/s')
  })

  it('says only what is known', () => {
    const start = { ...transfer, phase: 'refs' as const, bytes: 0, totalBytes: null, objects: 0, totalObjects: null }
    expect(describeTransfer({ ...start, speed: 0, from: null })).toEqual({
      phase: 'Asking a device that has it what there is',
      amount: '',
      path: '',
      fraction: null,
    })
    expect(describeTransfer({ ...transfer, from: { peer: 'p', name: '', link: 'relayed' } }).path).toBe(
      'through the relay',
    )
  })
})
