import { describe, expect, it } from 'vitest'
import { type Clock, DelayLine } from './delay-line.ts'

class TestClock implements Clock {
  time = 1000
  #timers: Array<{ at: number; action: () => void }> = []

  now(): number {
    return this.time
  }

  after(milliseconds: number, action: () => void): void {
    this.#timers.push({ at: this.time + milliseconds, action })
  }

  advance(milliseconds: number): void {
    const end = this.time + milliseconds
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.time = Math.max(this.time, next.at)
      next.action()
    }
    this.time = end
  }
}

describe('a delay line', () => {
  it('runs everything later, in order', () => {
    const clock = new TestClock()
    const line = new DelayLine(25, clock)
    const seen: string[] = []
    line.push(() => seen.push(`a${clock.time}`))
    clock.advance(10)
    line.push(() => seen.push(`b${clock.time}`))
    line.push(() => seen.push(`c${clock.time}`))
    clock.advance(14)
    expect(seen).toEqual([])
    clock.advance(100)
    expect(seen).toEqual(['a1025', 'b1035', 'c1035'])
  })

  it('waits for what sets out later, and lets nothing overtake it', () => {
    const clock = new TestClock()
    const line = new DelayLine(10, clock)
    const seen: string[] = []
    line.push(() => seen.push(`a${clock.time}`), 1050)
    line.push(() => seen.push(`b${clock.time}`))
    clock.advance(200)
    expect(seen).toEqual(['a1060', 'b1060'])
  })

  it('of no length runs at once', () => {
    const seen: number[] = []
    const line = new DelayLine(0, new TestClock())
    for (let n = 0; n < 3; n++) line.push(() => seen.push(n))
    expect(seen).toEqual([0, 1, 2])
  })

  it('carries many', () => {
    const clock = new TestClock()
    const line = new DelayLine(5, clock)
    let count = 0
    for (let n = 0; n < 5000; n++) {
      line.push(() => count++)
      if (n % 100 === 0) clock.advance(1)
    }
    clock.advance(10)
    expect(count).toBe(5000)
  })
})
