import { describe, expect, it } from 'vitest'
import { describeImport } from './import-words.ts'

describe('describeImport', () => {
  it('counts bytes, objects and speed as far as they are known', () => {
    expect(describeImport({ phase: 'read', bytes: 3e6, totalBytes: 18e6, speed: 24e6 })).toEqual({
      phase: 'Reading',
      amount: '3 of 18 MB · 24 MB/s',
      fraction: 3 / 18,
    })
    expect(describeImport({ phase: 'index', objects: 1204, totalObjects: 5000, speed: 800.4 })).toMatchObject({
      amount: '1,204 of 5,000 objects · 800/s',
      fraction: 1204 / 5000,
    })
    expect(describeImport({ phase: 'sign', speed: 0 })).toMatchObject({ amount: '', fraction: null })
    expect(describeImport({ phase: 'receive', bytes: 10, totalBytes: 0, speed: 0 }).fraction).toBeNull()
  })
})
