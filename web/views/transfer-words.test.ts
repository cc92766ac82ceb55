import { describe, expect, it } from 'vitest'
import type { TransferRecord } from '../../src/sync/index.ts'
import { describeRecord, describeSource } from './transfer-words.ts'

const record: TransferRecord = {
  at: 0,
  peer: 'p',
  name: 'Ana',
  link: 'direct',
  direction: 'received',
  bytes: 12e6,
  milliseconds: 4000,
  outcome: { kind: 'done' },
}

describe('the words of transfers', () => {
  it('say how much, how fast, which way and how it ended', () => {
    expect(describeRecord(record)).toEqual({
      direction: 'received',
      amount: '12 MB',
      speed: '3 MB/s',
      path: 'directly',
      outcome: 'complete',
      refused: false,
    })
    expect(describeSource({ peer: 'p', name: '', link: 'relayed', bytes: 940e3, speed: 2.4e6 })).toEqual({
      amount: '940 KB',
      speed: '2.4 MB/s',
      path: 'through the relay',
    })
  })

  it('say no speed of what was over at once', () => {
    expect(describeRecord({ ...record, milliseconds: 99 }).speed).toBe('')
    expect(describeRecord({ ...record, bytes: 0 })).toMatchObject({ amount: 'nothing', speed: '' })
  })

  it('tell what was refused from what was only slow', () => {
    const blocked = { kind: 'blocked' as const, reason: 'a chunk that does not match its hash' }
    expect(describeRecord({ ...record, outcome: blocked })).toMatchObject({ refused: true })
    for (const kind of ['stopped', 'slow', 'refused'] as const) {
      expect(describeRecord({ ...record, outcome: { kind } }).refused).toBe(false)
    }
    // Never on the screen: the words of the program.
    for (const kind of ['done', 'stopped', 'slow', 'refused'] as const) {
      expect(describeRecord({ ...record, outcome: { kind } }).outcome).not.toMatch(/pack|chunk|manifest|peer/)
    }
    expect(describeRecord({ ...record, outcome: blocked }).outcome).not.toMatch(/pack|chunk|manifest|peer/)
  })
})
