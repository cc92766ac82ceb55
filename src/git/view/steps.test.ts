import { describe, expect, it } from 'vitest'
import { throttled, Steps } from './steps.ts'
import type { Progress } from '../types.ts'

describe('throttled', () => {
  it('passes on ten reports a second at most, and each new phase', () => {
    const reports: Progress[] = []
    const report = throttled((progress) => reports.push(progress))
    for (let i = 0; i < 1000; i++) report?.({ phase: 'read', objects: i })
    report?.({ phase: 'write' })
    expect(reports).toEqual([{ phase: 'read', objects: 0 }, { phase: 'write' }])
    expect(throttled(undefined)).toBeUndefined()
  })
})

describe('Steps', () => {
  it('lets an abort in that comes while a loop runs', async () => {
    const controller = new AbortController()
    const steps = new Steps({ signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 10)
    const loop = async (): Promise<void> => {
      const end = performance.now() + 10_000
      while (performance.now() < end) if (steps.due) await steps.next(1)
    }
    await expect(loop()).rejects.toThrow('enough')
  })
})
