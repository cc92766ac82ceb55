import { describe, expect, it } from 'vitest'
import { speedOf } from './speed.ts'

describe('speedOf', () => {
  it('is bytes a second over the time since the first report of a phase', () => {
    const speed = speedOf()
    expect(speed(0, 1000)).toBe(0)
    expect(speed(500, 1500)).toBe(1000)
    expect(speed(3000, 3000)).toBe(1500)
  })

  it('forgets what is older than its window', () => {
    const speed = speedOf(2000)
    speed(0, 0)
    speed(10_000, 1000)
    speed(10_000, 2000)
    expect(speed(10_000, 4000)).toBe(0)
  })
})
